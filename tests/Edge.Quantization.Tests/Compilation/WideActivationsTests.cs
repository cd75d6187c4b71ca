using Edge.Numerics;
using Edge.OnnxRuntime;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Graph.TfLite;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Quantization.Tests.Compilation;

/// <summary>Graphs some of whose values have 16 bits.</summary>
public class WideActivationsTests
{
    private static readonly string[] WideValues = ["stem.relu", "dw1.relu", "pw1"];

    [Theory]
    [InlineData(8)]
    [InlineData(4)]
    public void The_integer_engine_agrees_with_ONNX_Runtime(int weightBits)
    {
        RequireOnnxRuntime();
        const int frames = 200;
        (int near, int all) = (0, 0);
        for (int seed = 1; seed <= 3; seed++)
        {
            ModelGraph graph = Quantized(SmallNetwork.Build(seed), weightBits, WideValues);
            OnnxTensor recording = SmallNetwork.Recording(seed + 70, frames);
            sbyte[] ours = StreamingProof.Run(Lowering.Run(graph, PlanForm.Batch, frames), Integers(graph, recording));
            using OnnxSession session = OnnxSession.Open(OnnxWriter.Write(graph));
            float[] theirs = session.Run(new Dictionary<string, OnnxTensor> { ["features"] = recording })["scores"].Elements<float>();

            near += ours.Zip(theirs).Count(pair => Math.Abs(pair.First + 128 - pair.Second * 256) <= 1.01);
            all += theirs.Length;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"within 1: {near} of {all}");
        Assert.True(near >= 0.999 * all, $"{near} of {all} outputs within 1");
    }

    [Fact]
    public void Streaming_steps_give_the_bits_of_the_batch_graph_with_every_kernel_set()
    {
        RequireOnnxRuntime();
        const int frames = 100;
        ModelGraph graph = Quantized(SmallNetwork.Build(2), 8, WideValues);
        sbyte[] recording = Integers(graph, SmallNetwork.Recording(52, frames));
        sbyte[] batch = StreamingProof.Run(Lowering.Run(graph, PlanForm.Batch, frames), recording, KernelSet.Reference);

        PlanDraft streaming = Lowering.Run(graph, PlanForm.Streaming, 2);
        Assert.Contains(streaming.Tensors, t => t is { Type: Inference.ElementType.Int16, Storage: Inference.TensorStorage.State });
        Assert.All(InstructionSet.Supported, kernels => Assert.Equal(batch, StreamingProof.Run(streaming, recording, kernels)));
    }

    [Theory]
    [InlineData("pooled", "operator AveragePool does not make 16 bits; keep its output at 8")]
    [InlineData("dw2.relu", "operator AveragePool does not read 16 bits; keep its inputs at 8")]
    [InlineData("scores", "operator Softmax does not make 16 bits; keep its output at 8")]
    public void What_has_no_16_bit_form_is_named(string value, string message)
    {
        RequireOnnxRuntime();
        ModelGraph graph = Quantized(SmallNetwork.Build(1), 8, [value]);

        var error = Assert.Throws<GraphFormatException>(() => Lowering.Run(graph, PlanForm.Streaming, 2));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_quantizer_can_ask_which_operators_there_are()
    {
        ModelGraph graph = SmallNetwork.Build(1);

        string[] wide = [.. graph.Nodes.Where(node => WideActivations.Reads(graph, node)).Select(node => node.OpType).Distinct().Order(StringComparer.Ordinal)];

        Assert.Equal(["Add", "Concat", "Conv", "MatMul", "Pad", "Relu", "Softmax", "Transpose"], wide);
    }

    [Fact]
    public void Values_are_those_whose_maker_and_readers_all_have_16_bits()
    {
        ModelGraph graph = SmallNetwork.Build(1);

        IReadOnlySet<string> values = WideActivations.Values(graph);

        Assert.Superset(new HashSet<string> { "stem.relu", "dw1.relu", "pw1", "residual", "rows", "logits" }, values.ToHashSet());
        Assert.DoesNotContain("features", values);
        Assert.DoesNotContain("pooled", values); // made by AveragePool
        Assert.DoesNotContain(graph.Nodes.Single(node => node.OpType == "AveragePool").Inputs[0], values);
        Assert.DoesNotContain("scores", values);
    }

    [Fact]
    public void A_function_of_one_value_is_a_table_of_8_bits_unless_tables_of_16_are_wanted()
    {
        var sketch = new GraphSketch(1, 1, 6, 8);
        string sum = sketch.Add("Add", ["x", sketch.Uniform(1, 6, 8)]);
        string silu = sketch.Add("Mul", [sum, sketch.Add("Sigmoid", [sum])]);

        Assert.Empty(WideActivations.Values(sketch.Graph).Intersect([sum, silu]));
        Assert.Equal([sum, silu], WideActivations.Values(sketch.Graph, tables: true).Order(StringComparer.Ordinal)); // and not the sigmoid within
    }

    [Theory]
    [InlineData(16, 16)]
    [InlineData(16, 8)]
    [InlineData(8, 16)]
    public void Tables_of_16_bits_agree_with_ONNX_Runtime_and_make_the_file_version_4(int read, int made)
    {
        RequireOnnxRuntime();
        var sketch = new GraphSketch(3, 1, 40, 8);
        string sums = sketch.Convolution(sketch.Transpose("x", 0, 2, 1), 8, 12, 3);
        string gelu = sketch.Add("Mul", [sketch.Add("Mul", [sums, sketch.Add("Add", [sketch.Add("Erf", [sketch.Add("Mul", [sums, Scalar(MathF.Sqrt(0.5f))])]), Scalar(1)])]), Scalar(0.5f)]);
        string y = sketch.Transpose(sketch.Convolution(gelu, 12, 6, 3), 0, 2, 1);
        sketch.Graph.Outputs.Add(new ValueInfo(y, Graph.ElementType.Float32, null));
        var bits = new QuantizeOptions { ValueBits = new Dictionary<string, int> { [sums] = read, [gelu] = made } };
        ModelGraph graph = GraphSketch.Quantize(sketch.Graph, [1, 40, 8], _ => bits);

        PlanDraft draft = Lowering.Run(graph, PlanForm.Batch, 40);

        DraftOperator table = Assert.Single(draft.Operators, op => op.Kind == "table");
        Assert.Equal((1 << read, made / 8 << read), (table.Inputs[1].Shape[0], table.Inputs[1].Data.Length));
        Assert.Equal((read, made), (Bits(table.Inputs[0]), Bits(table.Output)));
        Agreement agreement = Agreement.Measure(graph, draft, 20, 1, 40, 8);
        Assert.True(agreement.NearShare >= 0.999, $"{agreement.NearShare:P3} of outputs within 1");
        Assert.Equal("4", Inference.SafeTensors.Read(EdgeFile.Write(draft, "gelu", []), [])!.Metadata["version"]);

        static int Bits(DraftTensor tensor) => tensor.Type == Inference.ElementType.Int16 ? 16 : 8;

        string Scalar(float value) => sketch.Constant(Tensor.Of([], [value]));
    }

    [Fact]
    public void TensorFlow_Lites_tables_have_8_bits()
    {
        RequireOnnxRuntime();
        var sketch = new GraphSketch(1, 1, 6, 8);
        string sum = sketch.Linear("x", 8, 8), tanh = sketch.Add("Tanh", [sum]);
        sketch.Graph.Outputs.Add(new ValueInfo(tanh, Graph.ElementType.Float32, null));
        ModelGraph graph = GraphSketch.Quantize(sketch.Graph, [1, 6, 8], _ => new QuantizeOptions { ValueBits = new Dictionary<string, int> { [sum] = 16 } });
        graph.Metadata[TfLiteReader.ArithmeticKey] = TfLiteReader.Arithmetic;

        var error = Assert.Throws<GraphFormatException>(() => Lowering.Run(graph, PlanForm.Batch, 6));

        Assert.Contains("operator Tanh does not read 16 bits; keep its inputs at 8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_ReLU_has_16_bits_only_where_it_is_fused()
    {
        var graph = new ModelGraph { Name = "product" };
        graph.Inputs.Add(new ValueInfo("a", Graph.ElementType.Float32, [1, 4, 4]));
        graph.Nodes.Add(new Node("MatMul", ["a", "a"], ["y"]));
        graph.Nodes.Add(new Node("Relu", ["y"], ["z"]));

        Assert.True(WideActivations.Makes(graph, graph.Nodes[0]));
        Assert.False(WideActivations.Reads(graph, graph.Nodes[1])); // a table behind a product of two activations
    }

    private static ModelGraph Quantized(ModelGraph graph, int weightBits, string[] wide) =>
        SmallNetwork.Quantize(graph, new QuantizeOptions { WeightBits = weightBits, ValueBits = wide.ToDictionary(value => value, _ => 16) });

    private static sbyte[] Integers(ModelGraph graph, OnnxTensor recording)
    {
        Node quantize = graph.ConsumersOf("features")[0];
        var parameters = new QuantizationParameters(graph.Constant(quantize.Inputs[1])!.ToFloats()[0], graph.Constant(quantize.Inputs[2])!.ToInts()[0]);
        return [.. recording.Elements<float>().Select(v => parameters.Quantize(v))];
    }

    private static void RequireOnnxRuntime() => Assert.SkipUnless(OnnxRuntimeLibrary.TryLoad(out string? problem), problem ?? "");
}
