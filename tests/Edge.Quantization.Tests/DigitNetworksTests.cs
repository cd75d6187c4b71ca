using Edge.Features;
using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Tests;

namespace Edge.Quantization.Tests;

/// <summary>The reference networks of quantization/recipes/digits: what they say of themselves, and what they hear.</summary>
public class DigitNetworksTests
{
    private const int TestClips = 500;

    [Theory]
    [InlineData("ds-cnn")]
    [InlineData("ds-cnn-outliers")]
    [InlineData("res-swish")]
    [InlineData("tiny-transformer")]
    public void Each_network_names_its_front_end_and_its_labels(string network)
    {
        ModelGraph graph = OnnxReader.Read(PathTo($"{network}.onnx"));

        var frontEnd = Assert.IsType<MicroOptions>(ModelMetadata.FrontEnd(graph));
        Assert.Equal((8_000, 240, 160, 32), (frontEnd.SampleRateHz, frontEnd.WindowSamples, frontEnd.HopSamples, frontEnd.Channels));
        Assert.Equal(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], ModelMetadata.Labels(graph)!);
        Assert.Equal([1, 50, frontEnd.Channels], graph.Inputs[0].Shape!.Select(dimension => (int)dimension.Size));
    }

    [Fact]
    public void Test_and_calibration_clips_are_apart()
    {
        string[] test = [.. TestSet().Select(row => row.File)];
        string[] calibration = File.ReadAllLines(PathTo("calibration.txt"));

        Assert.Equal(TestClips, test.Distinct().Count());
        Assert.Equal(250, calibration.Distinct().Count());
        Assert.Empty(test.Intersect(calibration));
    }

    [Fact]
    public void Outlier_channels_change_no_score()
    {
        TestGraphs.RequireOnnxRuntime();
        IReadOnlyList<CalibrationSample> clips = Samples("ds-cnn", every: 25);

        float[] plain = Scores("ds-cnn", clips), outliers = Scores("ds-cnn-outliers", clips);

        Assert.Equal(10 * clips.Count, plain.Length);
        Assert.All(plain.Zip(outliers), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
    }

    [Theory]
    [InlineData("ds-cnn")]
    [InlineData("res-swish")]
    [InlineData("tiny-transformer")]
    public void Each_network_hears_97_percent_of_the_test_clips(string network)
    {
        TestGraphs.RequireOnnxRuntime();
        IReadOnlyList<CalibrationSample> clips = Samples(network, every: 1);

        float[] scores = Scores(network, clips);

        IReadOnlyList<string> labels = ModelMetadata.Labels(OnnxReader.Read(PathTo($"{network}.onnx")))!;
        IEnumerable<string> heard = scores.Chunk(labels.Count).Select(row => labels[Array.IndexOf(row, row.Max())]);
        int hits = heard.Zip(TestSet()).Count(pair => pair.First == pair.Second.Label);
        TestContext.Current.TestOutputHelper?.WriteLine($"{network}: {hits} of {clips.Count}");
        Assert.Equal(TestClips, clips.Count);
        Assert.True(hits >= 0.97 * TestClips, $"{network} hears {hits} of {TestClips} test clips");
    }

    private static string PathTo(string file) => Repository.PathTo("quantization", "recipes", "digits", file);

    private static IEnumerable<(string File, string Label)> TestSet() =>
        File.ReadLines(PathTo("test-set.csv")).Skip(1).Select(row => row.Split(',')).Select(fields => (fields[0], fields[1]));

    private static List<CalibrationSample> Samples(string network, int every)
    {
        string data = Repository.Shared("data");
        ModelGraph graph = OnnxReader.Read(PathTo($"{network}.onnx"));
        IEnumerable<string> paths = TestSet().Where((_, i) => i % every == 0).Select(row => Path.Combine(data, row.File));
        return [.. CalibrationData.Open(graph, paths, null, new CalibrationOptions()).Samples()];
    }

    private static float[] Scores(string network, IReadOnlyList<CalibrationSample> clips)
    {
        using OnnxSession session = OnnxSession.Open(PathTo($"{network}.onnx"));
        return [.. clips.SelectMany(clip => session.Run(clip.Tensors)["scores"].Elements<float>())];
    }
}
