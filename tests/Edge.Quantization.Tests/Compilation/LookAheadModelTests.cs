using Edge.Audio;
using Edge.Detection;
using Edge.Features;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Tests.Compilation;

/// <summary>Networks that look ahead, from the graph to scores of a sound: steps of more frames tell less often, and the same.</summary>
public class LookAheadModelTests
{
    private const int Features = 8;

    private static BuildOptions Options => new()
    {
        Name = "ahead",
        Labels = ["other", "yes", "no"],
        FrontEnd = new MicroOptions { Channels = Features },
        Detection = new KeywordOptions { Thresholds = [1, 0.5, 0.5], Background = [0] },
    };

    [Theory]
    [InlineData(1_000)] // shorter than a step of 20 frames
    [InlineData(9_000)]
    [InlineData(16_000)]
    public void Steps_of_more_frames_give_the_scores_of_their_newest_frame(int samples)
    {
        using AudioModel fine = Build(Network(pooled: false), 2), coarse = Build(Network(pooled: false), 20);
        Dictionary<TimeSpan, string> expected = Scores(fine, samples).ToDictionary(one => one.Time, one => one.Scores);
        (TimeSpan Time, string Scores)[] heard = Scores(coarse, samples);

        Assert.Equal((3, 1), (fine.Network.DelaySteps, coarse.Network.DelaySteps));
        Assert.Equal((expected.Count + 9) / 10, heard.Length);
        Assert.All(heard.Take(expected.Count / 10), one => Assert.Equal(expected[one.Time], one.Scores));
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(9_000)]
    [InlineData(16_000)]
    public void What_is_pooled_over_time_ends_alike_whatever_a_step_takes(int samples)
    {
        using AudioModel fine = Build(Network(pooled: true), 2), coarse = Build(Network(pooled: true), 20);
        (TimeSpan Time, string Scores)[] small = Scores(fine, samples), large = Scores(coarse, samples);

        Assert.Equal(small[^1].Scores, large[^1].Scores); // the sound's end lies within a step of the larger
        Assert.All(large.SkipLast(1), one => Assert.Contains(one, small));
    }

    [Fact]
    public void A_model_that_looks_ahead_verifies_itself()
    {
        TestGraphs.RequireOnnxRuntime();
        BuildResult built = ModelBuilder.FromQuantized(Network(pooled: true), Options);

        using AudioModel model = AudioModel.Load(built.File, "built");
        Assert.True(model.Verify());
        Assert.Equal(TimeSpan.FromMilliseconds(3 * 20), model.Delay); // steps of two frames, 10 ms each
        Assert.True(built.ProvenScores > 0);
    }

    [Fact]
    public void Steps_that_strides_do_not_divide_are_named()
    {
        TestGraphs.RequireOnnxRuntime();
        var error = Assert.Throws<InvalidDataException>(() => ModelBuilder.FromQuantized(Network(pooled: false), Options with { StepFrames = 3 }));
        Assert.Contains("is to take 3 frames; expected a multiple of 2, which its strides ask for", error.Message, StringComparison.Ordinal);
    }

    private static AudioModel Build(ModelGraph graph, int stepFrames) =>
        AudioModel.Load(ModelBuilder.FromQuantized(graph, Options with { StepFrames = stepFrames }).File, "built");

    private static (TimeSpan Time, string Scores)[] Scores(AudioModel model, int samples)
    {
        var steps = new List<(TimeSpan Time, string Scores)>();
        var scorer = new Scorer(model);
        ReadOnlySpan<short> sound = SyntheticSignal.Generate(3, samples);
        while (scorer.TryStep(ref sound) || scorer.TryFinish())
        {
            steps.Add((scorer.Time, string.Join(' ', scorer.Scores.ToArray())));
        }

        return [.. steps];
    }

    /// <summary>Three convolutions padded on both sides, the second by strides of two, a residual value; a score a frame, or of all frames so far.</summary>
    private static ModelGraph Network(bool pooled)
    {
        TestGraphs.RequireOnnxRuntime();
        var sketch = new GraphSketch(5, 1, "time", Features);
        string value = sketch.Add("Relu", [sketch.Convolution(sketch.Transpose("x", 0, 2, 1), Features, 9, 5)]);
        value = sketch.Add("Relu", [sketch.Convolution(value, 9, 9, 3, stride: 2)]);
        value = sketch.Add("Add", [value, sketch.Convolution(value, 9, 9, 5)]);
        value = sketch.Transpose(value, 0, 2, 1);
        value = pooled ? sketch.Add("ReduceMean", [value, sketch.Constant(Tensor.Vector(1))], ("keepdims", 0L)) : value;
        return sketch.Quantize(sketch.Softmax(sketch.Linear(value, 9, 3, 6)), 1, 24, Features);
    }
}
