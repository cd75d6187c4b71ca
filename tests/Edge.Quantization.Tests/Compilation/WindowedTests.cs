using Edge.Audio;
using Edge.Detection;
using Edge.Features;
using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Quantization.Tests.Compilation;

/// <summary>A two-dimensional network that looks both ways, with "same" padding and an average over all time: it cannot stream.</summary>
public class WindowedTests
{
    private const int Window = 24;
    private const int Stride = 4;
    private const int Bins = 10;

    [Fact]
    public void A_window_over_the_newest_frames_gives_what_the_batch_form_gives_on_them()
    {
        Assert.SkipUnless(OnnxRuntimeLibrary.TryLoad(out string? problem), problem ?? "");
        ModelGraph graph = Quantize(Network());
        sbyte[] recording = Noise(5 * Window * Bins);
        sbyte[] windowed = StreamingProof.Run(Lowering.Run(graph, PlanForm.Windowed, Window, Stride), recording);

        int firstWhole = Window / Stride - 1; // before, the window still holds silence
        for (int step = firstWhole; step * Stride + Stride <= recording.Length / Bins; step++)
        {
            int start = (step + 1) * Stride - Window;
            sbyte[] batch = StreamingProof.Run(Lowering.Run(graph, PlanForm.Batch, Window), recording.AsSpan(start * Bins, Window * Bins));
            Assert.Equal(batch, windowed.AsSpan(step * 2, 2).ToArray());
        }
    }

    [Fact]
    public void It_agrees_with_ONNX_Runtime()
    {
        Assert.SkipUnless(OnnxRuntimeLibrary.TryLoad(out string? problem), problem ?? "");
        ModelGraph graph = Quantize(Network());
        PlanDraft draft = Lowering.Run(graph, PlanForm.Batch, Window);
        using OnnxSession session = OnnxSession.Open(Graph.Onnx.OnnxWriter.Write(graph));
        int near = 0;
        for (int i = 0; i < 50; i++)
        {
            sbyte[] input = Noise(Window * Bins, seed: i);
            sbyte[] ours = StreamingProof.Run(draft, input);
            float[] real = Array.ConvertAll(input, q => (float)draft.Input!.Scale * (q - draft.Input.ZeroPoint));
            float[] theirs = session.Run(new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.Of([1L, 1, Window, Bins], real) })["y"].Elements<float>();
            near += ours.Zip(theirs).Count(pair => Math.Abs(pair.First + 128 - pair.Second * 256) <= 1.01);
        }

        Assert.True(near >= 99, $"{near} of 100 outputs within 1");
    }

    [Fact]
    public void A_window_that_the_device_keeps_gives_the_scores_of_one_that_the_network_keeps()
    {
        Assert.SkipUnless(OnnxRuntimeLibrary.TryLoad(out string? problem), problem ?? "");
        ModelGraph graph = Quantize(Network());
        var options = new BuildOptions
        {
            Name = "windowed",
            Labels = ["a", "b"],
            FrontEnd = new MicroOptions { Channels = Bins, ScaleShift = 2 },
            Detection = new KeywordOptions { Thresholds = [0.5, 0.5] },
            Form = PlanForm.Windowed,
            WindowFrames = Window,
            StrideFrames = Stride,
        };
        List<string> expected = Scores(options, graph);

        Assert.True(expected.Count > 20);
        Assert.True(expected.Distinct().Count() > 5);
        Assert.Equal(expected, Scores(options with { WholeWindows = true }, graph));
    }

    private static List<string> Scores(BuildOptions options, ModelGraph graph)
    {
        using AudioModel model = AudioModel.Load(ModelBuilder.FromQuantized(graph, options).File, "built");
        Assert.True(model.Verify());
        Assert.Equal((Stride, options.WholeWindows), (model.FramesPerStep, model.FeatureWindow is not null));
        Assert.Equal((Window, TimeSpan.FromMilliseconds(((Window - 1) * 10) + 30)), (model.WindowFrames, model.Window)); // what scores tell of
        var scorer = new Scorer(model);
        ReadOnlySpan<short> sound = SyntheticSignal.Generate(4, 20_000);
        var scores = new List<string>();
        while (scorer.TryStep(ref sound))
        {
            scores.Add($"{scorer.Time} {string.Join(' ', scorer.Scores.ToArray())}");
        }

        return scores;
    }

    [Fact]
    public void It_is_refused_as_a_stream_with_every_reason()
    {
        Assert.SkipUnless(OnnxRuntimeLibrary.TryLoad(out string? problem), problem ?? "");

        var error = Assert.Throws<GraphFormatException>(() => Lowering.Run(Quantize(Network()), PlanForm.Streaming, 2));

        Assert.Contains("padded with 0 frames before the first and 0 after the last; a window of 2 by 1 streams with 1 in all", error.Message, StringComparison.Ordinal);
        Assert.Contains("build it windowed", error.Message, StringComparison.Ordinal);
    }

    private static ModelGraph Network()
    {
        var random = new Random(3);
        var graph = new ModelGraph { Name = "windowed" };
        graph.OpsetVersion = 13;
        graph.Inputs.Add(new ValueInfo("x", Graph.ElementType.Float32, [1, 1, "time", Bins]));
        graph.Outputs.Add(new ValueInfo("y", Graph.ElementType.Float32, [1, 2]));
        graph.Initializers["w1"] = Tensor.Of([6, 1, 3, 3], Uniform(random, 54, 0.5f));
        graph.Initializers["b1"] = Tensor.Of([6], Uniform(random, 6, 0.5f));
        graph.Nodes.Add(new Node("Conv", ["x", "w1", "b1"], ["c1"])
        {
            Attributes = { ["kernel_shape"] = new long[] { 3, 3 }, ["strides"] = new long[] { 2, 1 }, ["pads"] = new long[] { 1, 1, 1, 1 } },
        });
        graph.Nodes.Add(new Node("Relu", ["c1"], ["r1"]));
        graph.Nodes.Add(new Node("MaxPool", ["r1"], ["p1"]) { Attributes = { ["kernel_shape"] = new long[] { 2, 2 }, ["strides"] = new long[] { 1, 2 } } });
        graph.Nodes.Add(new Node("Sigmoid", ["p1"], ["s1"]));
        graph.Nodes.Add(new Node("GlobalAveragePool", ["s1"], ["g"]));
        graph.Nodes.Add(new Node("Flatten", ["g"], ["f"]));
        graph.Initializers["w2"] = Tensor.Of([2, 6], Uniform(random, 12, 1));
        graph.Initializers["b2"] = Tensor.Of([2], Uniform(random, 2, 0.2f));
        graph.Nodes.Add(new Node("Gemm", ["f", "w2", "b2"], ["l"]) { Attributes = { ["transB"] = 1L } });
        graph.Nodes.Add(new Node("Softmax", ["l"], ["y"]) { Attributes = { ["axis"] = -1L } });
        return graph;
    }

    private static ModelGraph Quantize(ModelGraph graph)
    {
        var random = new Random(4);
        IEnumerable<IReadOnlyDictionary<string, OnnxTensor>> samples = Enumerable.Range(0, 8).Select(_ => new Dictionary<string, OnnxTensor>
        {
            ["x"] = OnnxTensor.Of([1L, 1, Window, Bins], Uniform(random, Window * Bins, 3)),
        });
        return Quantizer.Apply(graph, ActivationCollector.MinMax(graph, samples));
    }

    private static sbyte[] Noise(int count, int seed = 9)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (sbyte)random.Next(-128, 128))];
    }

    private static float[] Uniform(Random random, int count, float limit) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1) * limit)];
}
