using Edge.Inference;
using Edge.Numerics;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Tests.Compilation;

/// <summary>Networks that look ahead stream with a delay: what they give, the delay's frames left out, is the batch form's on sounds of any length.</summary>
public class LookAheadTests
{
    private const int Features = 6;
    private static readonly long[] Shape = [1, 24, Features];

    public static TheoryData<string, int, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, int, int>();
            foreach ((string name, (Func<GraphSketch, string> _, int fewest, int delay)) in All)
            {
                cases.Add(name, fewest, delay);
            }

            return cases;
        }
    }

    /// <summary>The network, the fewest frames of a step, and how many of those its output lags behind.</summary>
    private static readonly Dictionary<string, (Func<GraphSketch, string> Draw, int Fewest, int Delay)> All = new()
    {
        ["one convolution"] = (s => Conv(s, "t", Features, 5, 3), 1, 1),
        ["a stack of convolutions"] = (s => Conv(s, Conv(s, Conv(s, "t", Features, 5, 3), 5, 5, 5), 5, 4, 3), 1, 4),
        ["a dilated convolution"] = (s => Conv(s, "t", Features, 5, 3, dilation: 3), 1, 3),
        ["a depthwise convolution"] = (s => Conv(s, Conv(s, "t", Features, 5, 3), 5, 5, 5, group: 5), 1, 3),
        ["a convolution in groups"] = (s => Conv(s, Conv(s, "t", Features, 6, 3), 6, 6, 3, group: 2), 1, 2),
        ["a convolution behind its causal one"] = (s => Conv(s, Conv(s, "t", Features, 5, 3, before: 2, after: 0), 5, 5, 3), 1, 1),
        ["a causal convolution behind one that looks ahead"] = (s => Conv(s, Conv(s, "t", Features, 5, 3), 5, 5, 4, before: 3, after: 0), 1, 1),
        ["a convolution of the future alone"] = (s => Conv(s, "t", Features, 5, 3, before: 0, after: 2), 1, 2),
        ["a residual block"] = (s => Residual(s, Conv(s, "t", Features, 5, 3), 5), 1, 2),
        ["two residual blocks of other reach"] = (s => Residual(s, Residual(s, Conv(s, "t", Features, 5, 3), 5), 5, kernel: 7), 1, 5),
        ["branches that are joined"] = (s => s.Add("Concat", [Conv(s, "t", Features, 3, 3), Conv(s, "t", Features, 2, 7), Conv(s, "t", Features, 2, 1)], ("axis", 1L)), 1, 3),
        ["a strided convolution"] = (s => Conv(s, "t", Features, 5, 3, stride: 2), 2, 0),
        ["an odd delay before a stride"] = (s => Conv(s, Conv(s, Conv(s, "t", Features, 5, 3), 5, 5, 3, stride: 2), 5, 4, 3), 2, 2),
        ["an odd delay before a stride without reach"] = (s => Conv(s, Conv(s, "t", Features, 5, 3), 5, 5, 1, stride: 2), 2, 0),
        ["strides of three and two"] = (s => Conv(s, Conv(s, Conv(s, "t", Features, 5, 5), 5, 5, 5, stride: 3), 5, 4, 3, stride: 2), 6, 1),
        ["a maximum that is padded"] = (s => Pool(s, Conv(s, "t", Features, 5, 3, relu: false), 3, 2), 2, 1),
        ["a maximum of positive values"] = (s => Conv(s, Pool(s, Conv(s, Conv(s, "t", Features, 5, 3), 5, 5, 3), 3, 2), 5, 4, 3), 2, 2),
        ["a maximum that is padded in front alone"] = (s => Pool(s, Conv(s, "t", Features, 5, 1, relu: false), 3, 1, before: 2, after: 0), 1, 0),
        ["an average of padded frames"] = (s => Average(s, Conv(s, "t", Features, 5, 3)), 1, 2),
        ["zeros in a node of their own"] = (s => Conv(s, s.Add("Pad", [Conv(s, "t", Features, 5, 3), s.Constant(Tensor.Vector(0, 0, 2, 0, 0, 2))]), 5, 5, 5, before: 0, after: 0), 1, 3),
        ["a planar stack with a maximum"] = (Planar, 2, 4),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Steps_give_the_bits_of_the_batch_form_on_every_length(string name, int fewest, int delay)
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = Quantized(name);
        sbyte[] recording = Recording(60);

        Assert.Equal(fewest, Lowering.StepFrames(graph));
        Assert.Equal(delay, Lowering.Run(graph, PlanForm.Streaming, fewest).DelaySteps);
        foreach (int stepFrames in (int[])[fewest, 3 * fewest, 5 * fewest])
        {
            PlanDraft streaming = Lowering.Run(graph, PlanForm.Streaming, stepFrames);
            for (int frames = fewest; frames <= 60; frames += frames < 20 * fewest ? fewest : 7 * fewest)
            {
                bool endsWithinStep = streaming.Operators.Exists(op => op.States.Length > 0);
                int sound = endsWithinStep ? frames : frames / stepFrames * stepFrames;
                sbyte[] batch = sound == 0 ? [] : StreamingProof.Run(Lowering.Run(graph, PlanForm.Batch, sound), recording.AsSpan(0, sound * Features), KernelSet.Reference);
                sbyte[] streamed = StreamingProof.Run(streaming, recording.AsSpan(0, sound * Features));
                Assert.Equal(batch, streamed.AsSpan(0, batch.Length));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_steps_agree_with_ONNX_Runtime_on_the_quantized_graph(string name, int fewest, int delay)
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = Quantized(name);

        Agreement agreement = Agreement.Measure(graph, Lowering.Run(graph, PlanForm.Streaming, fewest), 40, Shape);

        Assert.True(agreement.NearShare >= 0.999, $"{agreement.NearShare:P3} of outputs of {name}, {delay} steps late, within 1");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_proof_holds_for_steps_of_any_size_and_for_their_newest_frame(string name, int fewest, int delay)
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = Quantized(name);
        foreach (int stepFrames in (int[])[fewest, 2 * fewest, 4 * fewest])
        {
            Assert.Equal(-1, StreamingProof.Compare(graph, Recording(120), stepFrames).FirstDifference);
            Assert.Equal(-1, StreamingProof.Compare(graph, Recording(120), stepFrames, newest: true).FirstDifference);
        }

        Assert.True(delay >= 0);
    }

    [Fact]
    public void The_proof_finds_a_clock_that_is_wrong()
    {
        TestGraphs.RequireOnnxRuntime();
        PlanDraft streaming = Lowering.Run(Quantized("a stack of convolutions"), PlanForm.Streaming, 1);
        sbyte[] recording = Recording(20), right = StreamingProof.Run(streaming, recording);
        DraftOperator last = streaming.Operators.FindLast(op => op.Kind == "history")!;
        streaming.Operators[streaming.Operators.IndexOf(last)] = last with { Attributes = [("delay", [last.Inputs[0].Delay - 1])] };

        Assert.NotEqual(right, StreamingProof.Run(streaming, recording));
    }

    [Fact]
    public void A_plan_that_looks_ahead_needs_version_4_and_one_that_does_not_keeps_its_own()
    {
        TestGraphs.RequireOnnxRuntime();
        PlanDraft ahead = Lowering.Run(Quantized("one convolution"), PlanForm.Streaming, 1);
        Assert.Contains("\"version\":\"4\"", System.Text.Encoding.UTF8.GetString(EdgeFile.Write(ahead, "ahead", [])), StringComparison.Ordinal);
        PlanDraft causal = Lowering.Run(SmallNetwork.Quantize(SmallNetwork.Build(1)), PlanForm.Streaming, 2);
        Assert.Contains("\"version\":\"2\"", System.Text.Encoding.UTF8.GetString(EdgeFile.Write(causal, "causal", [])), StringComparison.Ordinal);
        Assert.Equal(0, causal.DelaySteps);
    }

    [Fact]
    public void A_residual_value_waits_in_the_history_that_its_convolution_keeps()
    {
        TestGraphs.RequireOnnxRuntime();
        PlanDraft draft = Lowering.Run(Quantized("a residual block"), PlanForm.Streaming, 1);

        Assert.Equal(2, draft.Tensors.Count(tensor => tensor.Storage == TensorStorage.State && tensor.Type == Inference.ElementType.Int8));
    }

    private static ModelGraph Quantized(string name)
    {
        var sketch = new GraphSketch(3, 1, "time", Features);
        sketch.Graph.Nodes.Add(new Node("Transpose", ["x"], ["t"]) { Attributes = { ["perm"] = new long[] { 0, 2, 1 } } });
        string value = All[name].Draw(sketch);
        return sketch.Quantize(name.StartsWith("a planar", StringComparison.Ordinal) ? value : sketch.Transpose(value, 0, 2, 1), Shape);
    }

    private static sbyte[] Recording(int frames)
    {
        var random = new Random(frames);
        return [.. Enumerable.Range(0, frames * Features).Select(_ => (sbyte)random.Next(-128, 128))];
    }

    private static string Conv(
        GraphSketch sketch, string x, int from, int to, int kernel, int stride = 1, int dilation = 1, int group = 1, int before = -1, int after = -1, bool relu = true)
    {
        int reach = (kernel - 1) * dilation;
        string convolution = sketch.Add(
            "Conv", [x, sketch.Uniform(1.5f / MathF.Sqrt(from / group * kernel), to, from / group, kernel), sketch.Uniform(0.3f, to)],
            ("kernel_shape", new long[] { kernel }), ("strides", new long[] { stride }), ("dilations", new long[] { dilation }), ("group", (long)group),
            ("pads", new long[] { before < 0 ? reach / 2 : before, after < 0 ? reach / 2 : after }));
        return relu ? sketch.Add("Relu", [convolution]) : convolution;
    }

    private static string Residual(GraphSketch sketch, string x, int channels, int kernel = 3) =>
        sketch.Add("Relu", [sketch.Add("Add", [x, Conv(sketch, x, channels, channels, kernel, relu: false)])]);

    private static string Pool(GraphSketch sketch, string x, int kernel, int stride, int before = 1, int after = 1) => sketch.Add(
        "MaxPool", [x], ("kernel_shape", new long[] { kernel }), ("strides", new long[] { stride }), ("pads", new long[] { before, after }));

    private static string Average(GraphSketch sketch, string x) => sketch.Add(
        "AveragePool", [sketch.Add("Pad", [x, sketch.Constant(Tensor.Vector(0, 0, 1, 0, 0, 1))])], ("kernel_shape", new long[] { 3 }));

    /// <summary>Convolutions over time and frequency, a maximum three wide by two in the middle, as emotion networks on mel frames have them.</summary>
    private static string Planar(GraphSketch sketch)
    {
        const int channels = 7;
        string value = sketch.Add("Unsqueeze", ["x", sketch.Constant(Tensor.Vector(1))]);
        for (int layer = 0; layer < 5; layer++)
        {
            value = sketch.Add("Relu", [sketch.Convolution(value, layer == 0 ? 1 : channels, channels, 3, planar: true)]);
            value = layer != 2 ? value : sketch.Add(
                "MaxPool", [value], ("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 }));
        }

        return sketch.Reshape(sketch.Transpose(value, 0, 2, 1, 3), 1, -1, channels * Features / 2);
    }
}
