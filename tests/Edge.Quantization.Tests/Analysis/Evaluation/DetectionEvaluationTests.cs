using Edge.Audio;
using Edge.Detection;
using Edge.Quantization.Analysis.Evaluation;
using Edge.Quantization.Compilation;
using Edge.Tests;

namespace Edge.Quantization.Tests.Analysis.Evaluation;

public class DetectionEvaluationTests
{
    private static readonly string ModelPath = Repository.PathTo("samples", "models", "wake-words.edge");

    [Theory]
    [InlineData(0.5, 20)]
    [InlineData(0.845, 20)]
    [InlineData(0.845, 4.4)] // ends right behind a word, which must not be mute when the next recording begins
    public void At_every_threshold_the_sweep_hears_what_the_device_hears(double threshold, double seconds)
    {
        using AudioModel model = AudioModel.Load(ModelPath);
        double[] thresholds = [.. Enumerable.Repeat(threshold, model.Labels.Count)];
        short[] samples = Recordings.ReadAll(Recordings.Bundled)[..(int)(seconds * 16_000)];
        byte[] file = DetectionEditor.Replace(File.ReadAllBytes(ModelPath), ModelPath, (KeywordOptions)model.Detection with { Thresholds = thresholds });
        using AudioModel device = AudioModel.Load(file, "device");
        var spotter = new Spotter(device);
        AudioEvent[] expected = [.. spotter.Push(samples).ToArray(), .. spotter.Finish().ToArray()];

        string path = Path.GetTempFileName();
        try
        {
            WavWriter.Write(path, samples, 16_000);
            var sweep = new ThresholdSweep(model, [Enumerable.Repeat(0.05, thresholds.Length).ToArray(), thresholds]);
            for (int turn = 0; turn < 2; turn++) // the second from a cold start again
            {
                var heard = new List<AudioEvent>();
                TimeSpan length = sweep.Hear(path, null, 0, (setting, found) => heard.AddRange(setting == 1 ? [found] : []));
                Assert.Equal(expected, heard);
                Assert.Equal(seconds, length.TotalSeconds);
            }
        }
        finally
        {
            File.Delete(path);
        }

        string[] words = ["computer", "alexa", "jarvis", "smart mirror"];
        Assert.Equal(words.Take(seconds < 5 ? 1 : 4), expected.Select(found => found.Label));
    }

    [Fact]
    public void Words_at_their_places_are_found_and_speech_without_them_is_counted_in_hours()
    {
        string folder = Directory.CreateTempSubdirectory("edge-detect-").FullName;
        try
        {
            string negative = Path.Combine(folder, "rest.wav");
            BundledWords.CutOut(negative);
            using AudioModel model = AudioModel.Load(ModelPath);
            string[] labels = [.. model.Labels];
            SpokenWord[] words = [.. BundledWords.All.Select(word => new SpokenWord(Array.IndexOf(labels, word.Label), TimeSpan.FromSeconds(word.StartS), TimeSpan.FromSeconds(word.EndS)))];

            DetectionCurve curve = DetectionEvaluation.Run(
                model, [new PositiveSet("bundled", [new PositiveRecording(Recordings.Bundled, words)])], [negative], DetectionEvaluation.CommonThresholds(labels.Length),
                cancellationToken: TestContext.Current.CancellationToken);

            int shipped = Enumerable.Range(0, curve.Thresholds.Count).First(i => curve.Thresholds[i][0] == 0.845);
            Assert.Equal(15, curve.Conditions[0].TotalWords);
            Assert.Equal(0, curve.Conditions[0].Counts[shipped].TotalMissed);
            Assert.Equal(0, curve.Negatives[shipped].TotalOthers);
            Assert.True(curve.Conditions[0].Counts[^1].TotalMissed > 0, "0.999 should miss words");
            Assert.InRange(curve.NegativeTime.TotalSeconds, 25, 60);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Common_thresholds_rise_and_hold_thousandths()
    {
        double[] thresholds = [.. DetectionEvaluation.CommonThresholds(2).Select(setting => setting[1])];

        Assert.Equal((0.05, 0.999), (thresholds[0], thresholds[^1]));
        Assert.Contains(0.845, thresholds);
        Assert.Equal(thresholds.Distinct().Order(), thresholds);
    }
}
