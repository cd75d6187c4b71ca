using Edge.Inference;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Tests;

namespace Edge.Quantization.Tests.Compilation;

/// <summary>Softmax pools, Wav2Small's among them, from a float graph to the integer engine.</summary>
public class SoftmaxPoolLoweringTests
{
    private const int Bands = 26;

    [Theory]
    [InlineData("wav2small-72k", 120)]
    [InlineData("wav2small-72k", 333)]
    [InlineData("wav2small-17k", 120)]
    public void Wav2Small_agrees_with_ONNX_Runtime(string network, int frames)
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = Wav2Small(network, frames);
        Agreement agreement = Agreement.Measure(graph, Lowering.Run(graph, PlanForm.Batch, frames), 50, 1, frames, Bands);

        Assert.True(agreement.NearShare >= 0.99, $"{agreement.NearShare:P3} of outputs within 1");
    }

    /// <summary>Every running result of the stream is that of the batch form, with steps of the fewest frames and of more.</summary>
    [Theory]
    [InlineData("wav2small-72k", 0, 4)]
    [InlineData("wav2small-72k", 10, 4)]
    [InlineData("wav2small-17k", 0, 7)]
    [InlineData("wav2small-17k", 6, 7)]
    public void Wav2Small_streams_with_the_bits_of_the_batch_form(string network, int stepFrames, int seed)
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = Wav2Small(network, 120);
        var random = new Random(seed);
        sbyte[] recording = [.. Enumerable.Range(0, 120 * Bands).Select(_ => (sbyte)random.Next(-128, 128))];

        foreach (bool newest in (bool[])[false, stepFrames > 0])
        {
            (int compared, int difference) = StreamingProof.Compare(graph, recording, stepFrames, newest);

            Assert.Equal(-1, difference);
            Assert.True(compared > 50, $"{compared} scores compared");
        }
    }

    [Fact]
    public void A_stream_that_gives_its_newest_result_alone_pools_once_a_step()
    {
        TestGraphs.RequireOnnxRuntime();
        PlanDraft draft = Lowering.Run(Wav2Small("wav2small-72k", 120), PlanForm.Streaming, 50, newest: true);

        DraftOperator pool = draft.Operators.Single(op => op.Kind == "softmax-pool");
        Assert.Equal([1, 25, 1, 169], pool.Inputs[0].Shape);
        Assert.Equal([1, 1, 1, 169], pool.Output.Shape);
        Assert.Equal(1, draft.DelaySteps);
    }

    /// <summary>The pool's states are all that it keeps of the past: 17 bytes a lane, and a clock.</summary>
    [Fact]
    public void Memory_does_not_depend_on_the_length_of_the_sound()
    {
        TestGraphs.RequireOnnxRuntime();
        PlanDraft draft = Lowering.Run(Wav2Small("wav2small-72k", 120), PlanForm.Streaming, 2);

        DraftOperator pool = draft.Operators.Single(op => op.Kind == "softmax-pool");
        Assert.Equal(17 * 169 + 8, pool.States.Sum(state => state.Bytes));
        Assert.All(pool.States, state => Assert.Equal(TensorStorage.State, state.Storage));
        Assert.InRange(draft.MemoryBytes, 0, 64 << 10);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(-2, false)]
    [InlineData(2, true)]
    public void A_pool_over_any_axis_of_a_window_agrees_with_ONNX_Runtime(long axis, bool keepsAxis)
    {
        TestGraphs.RequireOnnxRuntime();
        var sketch = new GraphSketch(3, 1, 20, 8);
        string pooled = Pool(sketch, sketch.Linear("x", 8, 8), sketch.Linear("x", 8, 8), axis, keepsAxis);
        ModelGraph graph = sketch.Quantize(pooled, 1, 20, 8);
        Agreement agreement = Agreement.Measure(graph, Lowering.Run(graph, PlanForm.Batch, 20), 100, 1, 20, 8);

        Assert.True(agreement.NearShare >= 0.999, $"{agreement.NearShare:P3} of outputs within 1");
    }

    [Fact]
    public void A_pool_over_features_is_refused_as_a_stream()
    {
        TestGraphs.RequireOnnxRuntime();
        var sketch = new GraphSketch(3, 1, "time", 8);
        ModelGraph graph = sketch.Quantize(Pool(sketch, sketch.Linear("x", 8, 8), sketch.Linear("x", 8, 8), 2, true), 1, 20, 8);

        var error = Assert.Throws<GraphFormatException>(() => Lowering.Run(graph, PlanForm.Streaming, 1));

        Assert.Contains("it pools axis 2, which is not the time of a stream; build it windowed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_within_a_pool_is_quantized()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = Wav2Small("wav2small-17k", 120);

        Node softmax = graph.Nodes.Single(node => node.OpType == "Softmax"), product = Assert.Single(graph.ConsumersOf(softmax.Outputs[0]));
        Assert.Equal("Mul", product.OpType);
        Node sum = Assert.Single(graph.ConsumersOf(product.Outputs[0]));
        Assert.Equal("ReduceSum", sum.OpType);
        Assert.Equal("QuantizeLinear", Assert.Single(graph.ConsumersOf(sum.Outputs[0])).OpType);
        Assert.All([softmax.Inputs[0], product.Inputs[0]], value => Assert.Equal("DequantizeLinear", graph.ProducerOf(value)!.OpType));
    }

    private static string Pool(GraphSketch sketch, string values, string logits, long axis, bool keepsAxis) => sketch.Add(
        "ReduceSum", [sketch.Add("Mul", [values, sketch.Add("Softmax", [logits], ("axis", axis))]), sketch.Constant(Tensor.Vector(axis))], ("keepdims", keepsAxis ? 1L : 0));

    private static ModelGraph Wav2Small(string network, int frames) =>
        GraphSketch.Quantize(OnnxReader.Read(Repository.PathTo("quantization", "recipes", "wav2small", $"{network}.onnx")), 1, frames, Bands);
}
