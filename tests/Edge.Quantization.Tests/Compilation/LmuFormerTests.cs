using Edge.Inference;
using Edge.Numerics;
using Edge.OnnxRuntime;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;

namespace Edge.Quantization.Tests.Compilation;

/// <summary>LMUFormers of random weights, from the float graph to the integer engine.</summary>
public class LmuFormerTests
{
    private const int Frames = 60;

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void Streams_with_the_bits_of_the_batch_form_after_its_delay(bool causal, bool spiking)
    {
        RequireOnnxRuntime();
        ModelGraph graph = Quantized(LmuFormerSketch.Small with { Causal = causal }, spiking);
        PlanDraft streaming = Lowering.Run(graph, PlanForm.Streaming, 1);
        Assert.Equal(causal ? 0 : 5, streaming.DelaySteps); // five convolutions, each of which looks a frame ahead
        Assert.Contains(streaming.Operators, op => op.Kind == "legendre-memory");
        Assert.Contains(streaming.Operators, op => op.Kind == "running-mean");
        Assert.Equal(spiking ? 11 : 0, streaming.Operators.Count(op => op.Kind == "leaky-integrate-and-fire"));
        sbyte[] recording = Integers(streaming, GraphSketch.Input(new Random(1), 1, Frames, 40));
        (int compared, int difference) = StreamingProof.Compare(graph, recording);
        Assert.Equal(-1, difference);
        Assert.True(compared >= Frames * 10, $"{compared}");
        (compared, difference) = StreamingProof.Compare(graph, recording, stepFrames: 4);
        Assert.Equal(-1, difference);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_set_of_kernels_gives_the_same_bits(bool spiking)
    {
        RequireOnnxRuntime();
        PlanDraft streaming = Lowering.Run(Quantized(LmuFormerSketch.Small, spiking), PlanForm.Streaming, 1);
        sbyte[] recording = Integers(streaming, GraphSketch.Input(new Random(1), 1, Frames, 40));
        sbyte[] expected = StreamingProof.Run(streaming, recording, KernelSet.Reference);
        Assert.True(expected.Distinct().Count() > 10, "the scores say nothing");
        Assert.All(InstructionSet.Supported, kernels => Assert.Equal(expected, StreamingProof.Run(streaming, recording, kernels)));
    }

    [Theory]
    [InlineData(false, 0.99)]
    [InlineData(true, 0.97)] // where a neuron is a step from its threshold, one fires and the other does not
    public void The_integer_engine_agrees_with_ONNX_Runtime_on_the_quantized_graph(bool spiking, double least)
    {
        RequireOnnxRuntime();
        ModelGraph graph = Quantized(LmuFormerSketch.Small, spiking);
        Agreement agreement = Agreement.Measure(graph, Lowering.Run(graph, PlanForm.Batch, Frames), 30, 1, Frames, 40);
        Assert.True(agreement.NearShare >= least, $"{agreement}");
        Assert.True(agreement.TopShare >= 0.9, $"{agreement}");
    }

    [Fact]
    public void A_window_begins_without_a_past()
    {
        RequireOnnxRuntime();
        ModelGraph graph = Quantized(LmuFormerSketch.Small, spiking: true);
        PlanDraft windowed = Lowering.Run(graph, PlanForm.Batch, 30);
        Assert.DoesNotContain(windowed.Tensors, tensor => tensor.Storage == TensorStorage.State);
        sbyte[] recording = Integers(windowed, GraphSketch.Input(new Random(1), 1, 30, 40));
        sbyte[] twice = StreamingProof.Run(windowed, [.. recording, .. recording]);
        Assert.Equal(twice[..10], twice[10..]);
    }

    [Fact]
    public void The_published_network_streams_with_the_bits_of_the_batch_form()
    {
        RequireOnnxRuntime();
        ModelGraph real = LmuFormerSketch.Published.Build(1);
        Assert.Equal(1_621_796, Parameters(real));
        ModelGraph graph = LmuFormerSketch.Published.Quantize(real, 40);
        PlanDraft streaming = Lowering.Run(graph, PlanForm.Streaming, 1);
        Assert.Equal(5, streaming.DelaySteps);
        sbyte[] recording = Integers(streaming, GraphSketch.Input(new Random(1), 1, 40, 128));
        (int compared, int difference) = StreamingProof.Compare(graph, recording);
        Assert.Equal(-1, difference);
        byte[] file = EdgeFile.Write(streaming, "published", []);
        using Model model = Model.Load(file, "published");
        TestContext.Current.TestOutputHelper?.WriteLine($"{file.Length} bytes, {model.MultiplyAccumulates} multiply-accumulates a step, {model.MemoryBytes + model.ScratchBytes} bytes of memory, {compared} scores compared");
    }

    private static ModelGraph Quantized(LmuFormerSketch sketch, bool spiking) =>
        sketch.Quantize(spiking ? sketch.BuildSpiking(3) : sketch.Build(3), Frames);

    /// <summary>What is trained: all but the memory's kernel, the running statistics and what brings features to their range.</summary>
    private static int Parameters(ModelGraph graph) => graph.Nodes.Sum(node => node.OpType switch
    {
        "Conv" when graph.Initializers[node.Inputs[1]].Dims is [256, 1, 128] => 0,
        "Conv" => node.Inputs.Skip(1).Sum(name => graph.Initializers[name].Count),
        "BatchNormalization" => node.Inputs.Skip(1).Take(2).Sum(name => graph.Initializers[name].Count),
        "MatMul" => graph.Initializers[node.Inputs[1]].Count,
        "Add" => node.Inputs.Where(graph.Initializers.ContainsKey).Sum(name => graph.Initializers[name].Count),
        _ => 0,
    });

    private static sbyte[] Integers(PlanDraft draft, OnnxTensor features)
    {
        var quantize = new QuantizationParameters((float)draft.Input!.Scale, draft.Input.ZeroPoint);
        return Array.ConvertAll(features.Elements<float>(), feature => quantize.Quantize(feature));
    }

    private static void RequireOnnxRuntime() => Assert.SkipUnless(OnnxRuntimeLibrary.TryLoad(out string? problem), problem ?? "");
}
