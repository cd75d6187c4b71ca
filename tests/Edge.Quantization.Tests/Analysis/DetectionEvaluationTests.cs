using Edge.Detection;
using Edge.Quantization.Analysis;
using Edge.Quantization.Compilation;
using Edge.Tests;

namespace Edge.Quantization.Tests.Analysis;

public class DetectionEvaluationTests
{
    private static readonly string ModelPath = Repository.PathTo("samples", "models", "wake-words.edge");

    [Fact]
    public void At_every_threshold_the_sweep_hears_what_the_device_hears()
    {
        using AudioModel model = AudioModel.Load(ModelPath);
        double[] thresholds = [0.2, 0.5, 0.845, 0.95];
        IReadOnlyList<double>[] settings = [.. thresholds.Select(threshold => (IReadOnlyList<double>)Enumerable.Repeat(threshold, model.Labels.Count).ToArray())];
        var heard = settings.Select(_ => new List<AudioEvent>()).ToArray();

        var sweep = new ThresholdSweep(model, settings);
        for (int turn = 0; turn < 2; turn++) // the second from a cold start again
        {
            Array.ForEach(heard, list => list.Clear());
            sweep.Hear(Recordings.Bundled, null, 0, (setting, found) => heard[setting].Add(found));
        }

        short[] samples = Recordings.ReadAll(Recordings.Bundled);
        for (int i = 0; i < thresholds.Length; i++)
        {
            byte[] file = DetectionEditor.Replace(File.ReadAllBytes(ModelPath), ModelPath, model.Detection with { Thresholds = settings[i] });
            using AudioModel device = AudioModel.Load(file, "device");
            var spotter = new KeywordSpotter(device);
            AudioEvent[] expected = [.. spotter.Push(samples).ToArray(), .. spotter.Finish().ToArray()];
            Assert.NotEmpty(expected);
            Assert.Equal(expected, heard[i]);
        }
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
