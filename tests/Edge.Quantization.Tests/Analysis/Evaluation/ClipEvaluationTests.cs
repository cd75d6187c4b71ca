using Edge.Detection;
using Edge.Features;
using Edge.OnnxRuntime;
using Edge.Quantization.Analysis.Evaluation;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Tests;

namespace Edge.Quantization.Tests.Analysis.Evaluation;

public sealed class ClipEvaluationTests : IDisposable
{
    private static readonly string ModelPath = Repository.PathTo("samples", "models", "wake-words.edge");
    private static readonly string GraphPath = Repository.PathTo("quantization", "recipes", "wake-words", "wake-words.qdq.onnx");

    private readonly string folder = Directory.CreateTempSubdirectory("edge-clips-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(ClipScore.Max, new float[] { 0.6f, 0.3f, 0.1f })] // the surest step of labels 1 and 2
    [InlineData(ClipScore.Mean, new float[] { 0.8f, 0.14f, 0.06f })]
    [InlineData(ClipScore.Last, new float[] { 0.9f, 0.02f, 0.08f })]
    public void A_clip_is_scored_by_its_steps(ClipScore clipScore, float[] expected)
    {
        float[] steps = [0.9f, 0.1f, 0, 0.6f, 0.3f, 0.1f, 0.9f, 0.02f, 0.08f];
        float[] scores = ClipEvaluation.Summarize(steps, 3, clipScore, [0]);
        Assert.All(expected.Zip(scores), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    [Fact]
    public void Without_background_the_surest_step_of_any_label_counts() =>
        Assert.Equal([0.9f, 0.1f], ClipEvaluation.Summarize([0.4f, 0.6f, 0.9f, 0.1f], 2, ClipScore.Max, []));

    [Fact]
    public void The_integer_engine_and_ONNX_Runtime_answer_alike_and_the_words_are_right()
    {
        RequireOnnxRuntime();
        BundledWords.Cut(folder);
        using EdgeEvaluatedModel device = EdgeEvaluatedModel.Open(ModelPath);
        using OnnxEvaluatedModel graph = OnnxEvaluatedModel.Open(GraphPath, OnnxReader.Read(GraphPath), device.FrontEnd, device.Labels);
        IReadOnlyList<(LabelledClip Clip, int Label)> clips = new LabelMap(device.Labels).Resolve(LabelledClips.FromFolder(folder));

        IReadOnlyList<ClipAnswers> answers = ClipEvaluation.Run([device, graph], [.. clips.Select(pair => pair.Clip.Path)], ClipScore.Max, device.Background, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(15, clips.Count);
        Assert.Equal(clips.Select(pair => pair.Label), answers[0].Labels);
        Assert.Equal(answers[0].Labels, answers[1].Labels);
        for (int clip = 0; clip < clips.Count; clip++)
        {
            Assert.All(answers[0].Scores[clip].Zip(answers[1].Scores[clip]), pair => Assert.Equal(pair.Second, pair.First, 3.1 / 256));
        }
    }

    [Theory]
    [InlineData(0.29, 3, 5)] // the mean leads by that from step 3 on: 0, 0.2, 0.3, 0.35, 0.38, …
    [InlineData(0.9, 1, 10)]
    [InlineData(null, 1, 10)]
    public void An_utterance_is_judged_by_the_file_s_own_rule_and_heard_until_it_decides(double? margin, int steps, int heard)
    {
        string path = Path.Combine(folder, "utterances.edge");
        var rule = new UtteranceOptions { Margin = margin, MarginSteps = steps, MinimumMs = 0 };
        File.WriteAllBytes(path, DetectionEditor.Replace(File.ReadAllBytes(ModelPath), path, rule));
        using EdgeEvaluatedModel model = EdgeEvaluatedModel.Open(path);
        int labels = model.Labels.Count;
        float[] scores = new float[10 * labels];
        for (int step = 1; step < 10; step++)
        {
            scores[step * labels + 2] = step == 1 ? 0.4f : 0.5f;
        }

        ClipVerdict verdict = model.Judge(scores)!;
        Assert.Equal(heard / 10.0, verdict.Heard);
        Assert.Equal(((heard - 2) * 0.5 + 0.4) / heard, verdict.Scores[2], 0.005);
        Assert.Equal(0, verdict.Scores[0]);
    }

    [Fact]
    public void Models_of_other_kinds_have_no_rule_of_their_own()
    {
        using EdgeEvaluatedModel model = EdgeEvaluatedModel.Open(ModelPath);
        Assert.Null(model.Judge(new float[model.Labels.Count]));
    }

    [Fact]
    public void A_recording_of_a_few_samples_is_heard_with_silence_behind_it()
    {
        RequireOnnxRuntime();
        string path = Path.Combine(folder, "short.wav");
        Edge.Audio.WavWriter.Write(path, new short[10], 16_000);
        using EdgeEvaluatedModel device = EdgeEvaluatedModel.Open(ModelPath);
        using OnnxEvaluatedModel window = OpenSum(frames: 20, stride: 5, "scores");

        Assert.Equal(0, ClipEvaluation.Run([device], [path], ClipScore.Mean, [], cancellationToken: TestContext.Current.CancellationToken)[0].Labels[0]);
        Assert.Single(ClipEvaluation.Run([window], [path], ClipScore.Last, [], cancellationToken: TestContext.Current.CancellationToken)[0].Labels);
    }

    [Fact]
    public void A_graph_of_a_fixed_length_hears_windows_and_the_last_one_is_filled_with_silence()
    {
        RequireOnnxRuntime();
        using OnnxEvaluatedModel model = OpenSum(frames: 4, stride: 3, "scores");
        int[] features = Enumerable.Range(0, 5 * 2).Select(i => 32768 * i).ToArray(); // 5 frames of 2, as real numbers 0 to 9

        float[] scores = model.CreateScorer()(features);

        // Windows of frames 0 to 3 and 3 to 6, of which 5 and 6 are silence: sums of each feature, then the softmax of these logits.
        float[] first = [12, 16], second = [14, 16];
        Assert.Equal(4, scores.Length);
        Assert.Equal(1 / (1 + Math.Exp(first[1] - first[0])), scores[0], 1e-5);
        Assert.Equal(1 / (1 + Math.Exp(second[1] - second[0])), scores[2], 1e-5);
    }

    [Theory]
    [InlineData("Softmax")]
    [InlineData("LogSoftmax")]
    [InlineData("")]
    public void Logits_logarithms_and_probabilities_give_the_same_scores(string ending)
    {
        RequireOnnxRuntime();
        using OnnxEvaluatedModel model = OpenSum(frames: 1, stride: 1, ending.Length == 0 ? "scores" : ending);

        float[] scores = model.CreateScorer()([32768, 98304]);

        Assert.Equal(1 / (1 + Math.Exp(2)), scores[0], 1e-5);
        Assert.Equal(1, scores[0] + scores[1], 1e-5);
    }

    [Fact]
    public void Models_of_other_labels_and_outputs_of_another_width_are_refused()
    {
        RequireOnnxRuntime();
        using EdgeEvaluatedModel device = EdgeEvaluatedModel.Open(ModelPath);
        using OnnxEvaluatedModel two = OpenSum(1, 1, "scores");
        Assert.Throws<ArgumentException>(() => ClipEvaluation.Run([device, two], [], ClipScore.Max, [], cancellationToken: TestContext.Current.CancellationToken));

        using OnnxEvaluatedModel wrong = OnnxEvaluatedModel.Open(GraphPath, OnnxReader.Read(GraphPath), device.FrontEnd, ["yes", "no"]);
        Assert.Contains("one of 2 labels", Assert.Throws<InvalidDataException>(() => wrong.CreateScorer()(new int[400])).Message, StringComparison.Ordinal);
    }

    /// <summary>A graph [1, frames, 2] that sums each feature over time; a pcm front end of two samples makes its features.</summary>
    private OnnxEvaluatedModel OpenSum(int frames, int stride, string ending)
    {
        var graph = new ModelGraph { Name = "sum" };
        graph.OpsetVersion = 13;
        graph.Inputs.Add(new ValueInfo("features", ElementType.Float32, [1, frames, 2]));
        graph.Outputs.Add(new ValueInfo("scores", ElementType.Float32, [1, 2]));
        graph.Initializers["axes"] = Tensor.Vector(1);
        bool logits = ending == "scores";
        graph.Nodes.Add(new Node("ReduceSum", ["features", "axes"], [logits ? "scores" : "logits"]) { Attributes = { ["keepdims"] = 0L } });
        if (!logits)
        {
            graph.Nodes.Add(new Node(ending, ["logits"], ["scores"]) { Attributes = { ["axis"] = -1L } });
        }

        string path = Path.Combine(folder, "sum.onnx");
        OnnxWriter.Write(graph, path);
        return OnnxEvaluatedModel.Open(path, graph, new PcmOptions { WindowSamples = 2, HopSamples = 2 }, ["a", "b"], stride);
    }

    private static void RequireOnnxRuntime() => Assert.SkipUnless(OnnxRuntimeLibrary.TryLoad(out string? problem), problem ?? "");
}
