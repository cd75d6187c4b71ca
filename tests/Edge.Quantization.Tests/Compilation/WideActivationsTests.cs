using Edge.Numerics;
using Edge.OnnxRuntime;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
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
    public void A_function_of_one_value_is_a_table_of_8_bits()
    {
        var sketch = new GraphSketch(1, 1, 6, 8);
        string sum = sketch.Add("Add", ["x", sketch.Uniform(1, 6, 8)]);
        string silu = sketch.Add("Mul", [sum, sketch.Add("Sigmoid", [sum])]);

        Assert.Empty(WideActivations.Values(sketch.Graph).Intersect([sum, silu]));
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
