using Edge.Audio;
using Edge.Detection;
using Edge.Inference;

namespace Edge.Tests.Detection;

public class AnomalyDetectorTests
{
    // 64 is known; 96 comes back as 40: (96 - 40)²/128² = 0.191.
    private const short Quiet = 32 * 256;
    private const short Loud = 96 * 256;
    private const double LoudError = 56.0 * 56 / (128 * 128);

    [Fact]
    public void Sound_that_the_network_does_not_know_is_an_event()
    {
        using AudioModel model = TinyAnomalyModel.Load("""{ "kind": "anomaly", "threshold": 0.1, "smoothingMs": 50, "label": "bearing" }""");
        AudioEvent heard = Assert.Single(Hear(model, (Quiet, 400), (Loud, 300), (Quiet, 400)));

        Assert.Equal(("bearing", "quiet", EventPhase.Complete), (heard.Label, heard.Model, heard.Phase));
        // The average of five steps has reached 0.1 with the third loud one, and falls below it with the third quiet one.
        Assert.InRange(heard.Start.TotalMilliseconds, 385, 415);
        Assert.InRange(heard.End.TotalMilliseconds, 685, 715);
        Assert.Equal(LoudError / (LoudError + 0.1), heard.Score, 1e-4);
        Assert.InRange(heard.MeanScore, 0.55, heard.Score);
    }

    [Fact]
    public void What_the_network_knows_is_none_and_a_high_threshold_lets_all_pass()
    {
        using AudioModel model = TinyAnomalyModel.Load("""{ "kind": "anomaly", "threshold": 0.2, "smoothingMs": 50 }""");
        Assert.Empty(Hear(model, (Quiet, 400), (Loud, 300), (Quiet, 400)));
    }

    [Fact]
    public void A_threshold_is_reached_by_an_error_that_equals_it()
    {
        using AudioModel model = TinyAnomalyModel.Load($$"""{ "kind": "anomaly", "threshold": {{LoudError}}, "smoothingMs": 10 }""");
        AudioEvent heard = Assert.Single(Hear(model, (Loud, 300)));
        Assert.Equal(0.5f, heard.Score);
    }

    [Fact]
    public void Nothing_is_judged_before_the_warm_up_nor_before_the_average_is_whole()
    {
        using AudioModel model = TinyAnomalyModel.Load("""{ "kind": "anomaly", "threshold": 0.1, "smoothingMs": 50, "warmUpMs": 200 }""");
        Assert.Empty(Hear(model, (Loud, 190), (Quiet, 300)));
        Assert.Empty(Hear(model, (Loud, 150), (Quiet, 50), (Loud, 20), (Quiet, 300)));
        Assert.Single(Hear(model, (Quiet, 200), (Loud, 40), (Quiet, 300)));
    }

    [Fact]
    public void The_end_of_the_stream_ends_an_event_that_goes_on()
    {
        using AudioModel model = TinyAnomalyModel.Load("""{ "kind": "anomaly", "threshold": 0.1, "smoothingMs": 50 }""");
        AudioEvent heard = Assert.Single(Hear(model, (Quiet, 400), (Loud, 300)));
        Assert.Equal(TimeSpan.FromMilliseconds(700), heard.End);
    }

    [Fact]
    public void A_long_event_is_cut_and_goes_on_where_it_was()
    {
        using AudioModel model = TinyAnomalyModel.Load("""{ "kind": "anomaly", "threshold": 0.1, "smoothingMs": 10, "maximumMs": 250, "onsets": true, "refractoryMs": 1000 }""");
        AudioEvent[] heard = Hear(model, (Quiet, 400), (Loud, 600), (Quiet, 400));

        Assert.Equal([EventPhase.Onset, EventPhase.Complete, EventPhase.Onset, EventPhase.Complete, EventPhase.Onset, EventPhase.Complete], heard.Select(e => e.Phase));
        Assert.Equal(heard[1].End, heard[2].Start);
        Assert.Equal(heard[3].End, heard[4].Start);
        Assert.Equal(250, (heard[1].End - heard[1].Start).TotalMilliseconds);
        Assert.InRange((heard[5].End - heard[0].Start).TotalMilliseconds, 590, 610);
    }

    [Fact]
    public void No_event_begins_within_the_refractory_time_of_another()
    {
        using AudioModel model = TinyAnomalyModel.Load("""{ "kind": "anomaly", "threshold": 0.1, "smoothingMs": 10, "refractoryMs": 300 }""");
        AudioEvent[] heard = Hear(model, (Quiet, 100), (Loud, 100), (Quiet, 100), (Loud, 100), (Quiet, 200), (Loud, 100), (Quiet, 100));
        Assert.Equal([100, 600], heard.Select(e => Math.Round(e.Start.TotalMilliseconds / 50) * 50));
    }

    [Fact]
    public void The_error_is_the_mean_square_in_real_units()
    {
        using AudioModel model = TinyAnomalyModel.Load("""{ "kind": "anomaly", "threshold": 1 }""");
        var detector = (AnomalyDetector)model.CreateDetector();
        var scorer = new Scorer(model);
        double largest = 0;
        ReadOnlySpan<short> sound = SyntheticSignal.Generate(3, 16_000);
        while (scorer.TryStep(ref sound))
        {
            detector.Push(scorer.Scores, scorer.Time, scorer.Features);
            double expected = scorer.Features.ToArray()
                .Average(x => Math.Pow(x / 128.0 - (TinyAnomalyModel.Reconstruct(x) - TinyAnomalyModel.OutputZeroPoint) * TinyAnomalyModel.OutputScale, 2));
            largest = Math.Max(largest, expected);
            Assert.Equal(expected, detector.Error, 1e-11);
        }

        Assert.True(largest > 0.01);
    }

    [Fact]
    public void Features_of_another_length_are_refused()
    {
        using AudioModel model = TinyAnomalyModel.Load("""{ "kind": "anomaly", "threshold": 1 }""");
        Detector detector = model.CreateDetector();
        Assert.Contains("0 features were pushed with 160", Assert.Throws<ArgumentException>(() => detector.Push(new sbyte[160], TimeSpan.Zero)).Message);
        Assert.Throws<ArgumentException>(() => detector.Push(new sbyte[1], TimeSpan.Zero, new sbyte[1]));
    }

    [Fact]
    public void Nothing_is_allocated_and_reset_begins_anew()
    {
        using AudioModel model = TinyAnomalyModel.Load("""{ "kind": "anomaly", "threshold": 0.05, "smoothingMs": 50 }""");
        var spotter = new Spotter(model);
        short[] sound = TinyModel.Sound(16_000, (Quiet, 400), (Loud, 300), (Quiet, 400));
        AudioEvent first = Assert.Single(spotter.Push(sound).ToArray());
        spotter.Reset();
        long before = GC.GetAllocatedBytesForCurrentThread();
        int events = spotter.Push(sound).Length;
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1, events);
        spotter.Reset();
        Assert.Equal(first, Assert.Single(spotter.Push(sound).ToArray()));
    }

    [Theory]
    [InlineData("""{ "kind": "anomaly" }""", "Threshold is 0; expected a mean squared error above 0")]
    [InlineData("""{ "kind": "anomaly", "threshold": -1 }""", "Threshold is -1")]
    [InlineData("""{ "kind": "anomaly", "threshold": 1, "smoothingMs": 60000 }""", "smoothingMs spans 6000 steps")]
    [InlineData("""{ "kind": "anomaly", "threshold": 1, "maximumMs": 0 }""", "MaximumMs is 0")]
    [InlineData("""{ "kind": "anomaly", "threshold": 1, "label": "" }""", "Label is empty")]
    [InlineData("""{ "kind": "anomaly", "threshold": 1, "onsetThreshold": 1 }""", "onsetThreshold is unknown")]
    public void Settings_that_are_wrong_are_named(string detection, string expected) =>
        Assert.Contains(expected, Assert.Throws<ModelFormatException>(() => TinyAnomalyModel.Load(detection)).Message);

    [Fact]
    public void A_network_that_does_not_give_back_what_it_takes_is_refused()
    {
        byte[] classifier = TinyModel.File(detection: """{ "kind": "anomaly", "threshold": 1 }""");
        string message = Assert.Throws<ModelFormatException>(() => AudioModel.Load(classifier, "x.edge")).Message;
        Assert.Contains("takes 160 values and gives 3; for detection of kind anomaly expected are as many", message);
    }

    [Fact]
    public void Extreme_errors_and_scales_do_not_overflow()
    {
        sbyte[] low = new sbyte[AnomalyOptions.MaxValues];
        sbyte[] high = new sbyte[AnomalyOptions.MaxValues];
        low.AsSpan().Fill(sbyte.MinValue);
        high.AsSpan().Fill(sbyte.MaxValue);
        foreach (double scale in (double[])[1e-300, 1e-6, 0.39101523, 1, 99_999, 1e300])
        {
            var error = new ReconstructionError(low.Length, (scale, 127), (scale * 0.999_999, -128));
            long measured = error.Measure(low, high);
            double expected = Math.Pow(255 * scale + 255 * scale * 0.999_999, 2);
            if (scale is > 1e-10 and < 1e10)
            {
                Assert.Equal(1, measured * error.Unit / expected, 1e-4);
            }

            Assert.True(measured > 0);
        }
    }

    private static AudioEvent[] Hear(AudioModel model, params (short Value, int Ms)[] parts)
    {
        var spotter = new Spotter(model);
        return [.. spotter.Push(TinyModel.Sound(16_000, parts)).ToArray(), .. spotter.Finish().ToArray()];
    }
}
