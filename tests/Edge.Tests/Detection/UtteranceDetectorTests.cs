using Edge.Detection;

namespace Edge.Tests.Detection;

public class UtteranceDetectorTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);
    private static readonly string[] Labels = ["yes", "no", "stop"];

    [Fact]
    public void An_utterance_ends_with_silence_and_gets_the_label_of_its_mean_score()
    {
        AudioEvent heard = Assert.Single(Hear(new() { SilenceMs = 100, MinimumMs = 20 }, (0, 300), (TinyModel.Loud, 200), (-TinyModel.Loud, 90), (0, 300)));
        Assert.Equal(("high", Ms(300), Ms(590)), (heard.Label, heard.Start, heard.End));
        Assert.Equal(200.0 / 290, heard.Score, 0.02);
    }

    [Fact]
    public void A_pause_shorter_than_the_silence_belongs_to_the_utterance_and_a_longer_one_parts_two()
    {
        (short, int)[] sound = [(TinyModel.Loud, 200), (0, 150), (-TinyModel.Loud, 100), (0, 300)];
        AudioEvent heard = Assert.Single(Hear(new() { SilenceMs = 160 }, sound));
        Assert.Equal((Ms(0), Ms(450)), (heard.Start, heard.End));
        AudioEvent[] two = Hear(new() { SilenceMs = 150 }, sound);
        Assert.Equal([("high", Ms(0), Ms(200)), ("low", Ms(350), Ms(450))], two.Select(e => (e.Label, e.Start, e.End)));
    }

    [Fact]
    public void The_end_of_the_recording_ends_an_utterance()
    {
        AudioEvent heard = Assert.Single(Hear(new(), (0, 300), (TinyModel.Loud, 150)));
        Assert.Equal(("high", Ms(300), Ms(450)), (heard.Label, heard.Start, heard.End));
    }

    [Fact]
    public void Short_sounds_are_dropped_and_silence_has_no_verdict()
    {
        UtteranceOptions options = new() { SilenceMs = 100, MinimumMs = 100 };
        Assert.Empty(Hear(options, (0, 300), (TinyModel.Loud, 90), (0, 300)));
        Assert.Single(Hear(options, (0, 300), (TinyModel.Loud, 100), (0, 300)));
    }

    [Fact]
    public void What_is_quiet_is_a_matter_of_the_level()
    {
        Assert.Empty(Hear(new() { QuietDb = -50 }, (100, 500))); // -50.3 dB
        Assert.Single(Hear(new() { QuietDb = -51 }, (100, 500)));
    }

    [Fact]
    public void A_long_utterance_gets_its_verdict_and_another_begins()
    {
        AudioEvent[] heard = Hear(new() { MaximumMs = 200 }, (TinyModel.Loud, 200), (-TinyModel.Loud, 200), (0, 400));
        Assert.Equal([("high", Ms(0), Ms(200)), ("low", Ms(200), Ms(400))], heard.Select(e => (e.Label, e.Start, e.End)));
    }

    [Fact]
    public void Without_silence_an_utterance_begins_at_once_and_ends_with_the_recording()
    {
        AudioEvent heard = Assert.Single(Hear(new() { SilenceMs = 0 }, (0, 300), (TinyModel.Loud, 100), (0, 500)));
        Assert.Equal(("silence", Ms(0), Ms(900)), (heard.Label, heard.Start, heard.End));
    }

    [Fact]
    public void A_verdict_below_the_threshold_is_not_told()
    {
        (short, int)[] sound = [(TinyModel.Loud, 200), (-TinyModel.Loud, 100), (0, 400)]; // a score of 0.67
        Assert.Single(Hear(new() { Threshold = 0.6 }, sound));
        Assert.Empty(Hear(new() { Threshold = 0.7 }, sound));
    }

    [Fact]
    public void An_early_decision_comes_after_its_steps_and_the_rest_is_passed_over()
    {
        UtteranceOptions options = new() { Margin = 0.8, MarginSteps = 4, MinimumMs = 20, SilenceMs = 100 };
        AudioEvent heard = Assert.Single(Hear(options, (0, 300), (TinyModel.Loud, 100), (-TinyModel.Loud, 400), (0, 300)));
        Assert.Equal(("high", Ms(300), Ms(340)), (heard.Label, heard.Start, heard.End));
        Assert.Equal(Ms(400), Assert.Single(Hear(options with { MinimumMs = 100 }, (0, 300), (TinyModel.Loud, 100), (0, 300))).End);
    }

    [Fact]
    public void The_lead_must_be_one_labels_and_unbroken()
    {
        UtteranceDetector detector = Detector(new() { Margin = 0.5, MarginSteps = 2, MinimumMs = 0 }, pools: true);
        (sbyte, sbyte)[] firstAndSecond = [(100, 0), (0, 100), (100, 0), (40, 0), (100, 0), (100, 0)];
        int[] told = [.. firstAndSecond.Select((scores, k) => detector.Push([scores.Item1, scores.Item2, 0], (k + 1) * Step).Length)];
        Assert.Equal([0, 0, 0, 0, 0, 1], told);
    }

    [Fact]
    public void A_margin_is_reached_by_a_lead_that_equals_it()
    {
        foreach ((sbyte lead, int expected) in ((sbyte, int)[])[(63, 0), (64, 1)])
        {
            UtteranceDetector detector = Detector(new() { Margin = 0.5, MarginSteps = 1, MinimumMs = 0 }, pools: true);
            Assert.Equal(expected, detector.Push([lead, 0, 0], Step).Length);
        }
    }

    [Fact]
    public void Scores_of_a_network_that_pools_count_as_they_are_and_others_are_averaged()
    {
        foreach ((bool pools, float expected) in ((bool, float)[])[(true, 20 / 128f), (false, 60 / 128f)])
        {
            UtteranceDetector detector = Detector(new(), pools);
            for (int k = 0; k < 20; k++)
            {
                detector.Push([(sbyte)(k < 10 ? 100 : 20), 0, 0], (k + 1) * Step);
            }

            var scores = new float[3];
            detector.CopyScores(scores);
            Assert.Equal(expected, scores[0], 1e-6);
            Assert.Equal(expected, detector.Finish()[0].Score, 1e-6);
        }
    }

    [Fact]
    public void A_network_that_pools_begins_anew_with_each_utterance()
    {
        using AudioModel model = TinyModel.Load(pools: true);
        Assert.True(model.PoolsOverTime);
        UtteranceOptions options = new() { SilenceMs = 100, LeadMs = 50 };
        (short, int)[] sound = [(0, 1_000), (TinyModel.Loud, 200), (0, 300), (-TinyModel.Loud, 200), (0, 300)];
        AudioEvent[] heard = Hear(model, options, sound);
        Assert.Equal([("high", Ms(1_000), Ms(1_200)), ("low", Ms(1_500), Ms(1_700))], heard.Select(e => (e.Label, e.Start, e.End)));
        Assert.All(heard, e => Assert.InRange(e.Score, 0.9f, 1f)); // in which 50 ms of silence have a part
        Assert.NotEqual("high", Hear(model, options with { LeadMs = 60_000 }, sound)[0].Label); // a second of silence outweighs the word
    }

    [Fact]
    public void A_network_that_does_not_pool_goes_on()
    {
        using AudioModel model = TinyModel.Load();
        Assert.False(model.PoolsOverTime);
        Assert.Equal(Hear(model, new() { LeadMs = 0 }, (0, 300), (TinyModel.Loud, 200)), Hear(model, new() { LeadMs = 1_000 }, (0, 300), (TinyModel.Loud, 200)));
    }

    [Fact]
    public void A_regression_tells_all_values()
    {
        using AudioModel model = TinyModel.Load(detection: """{ "kind": "utterance", "regression": true, "label": "mood", "silenceMs": 100 }""");
        AudioEvent heard = Assert.Single(Hear(model, null, (0, 200), (TinyModel.Loud, 300), (0, 200)));
        Assert.Equal("mood", heard.Label);
        Assert.Equal(["silence", "high", "low"], heard.Values!.Select(one => one.Key));
        Assert.Equal([0, 1, 0], heard.Values!.Select(one => MathF.Round(one.Value, 1)));
    }

    [Fact]
    public void Wrong_settings_are_all_named()
    {
        UtteranceOptions options = new() { SilenceMs = -1, QuietDb = 3, MinimumMs = 500, MaximumMs = 400, Margin = 1.5, Regression = true, Threshold = 0.5, MarginSteps = 0, Label = "" };
        string message = Assert.Throws<ArgumentException>(() => Detector(options, pools: false)).Message;
        foreach (string name in (string[])["SilenceMs", "QuietDb", "MaximumMs", "Margin", "MarginSteps", "Threshold", "Label"])
        {
            Assert.Contains($"{name} is", message, StringComparison.Ordinal);
        }

        Assert.Contains("two labels", new UtteranceOptions { Margin = 0.5 }.Faults(1).Single(), StringComparison.Ordinal);
        Assert.Empty(new UtteranceOptions().Faults(1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(160)]
    [InlineData(1_000)]
    public void Verdicts_are_the_same_however_the_sound_is_cut(int block)
    {
        using AudioModel model = TinyModel.Load();
        UtteranceOptions options = new() { Margin = 0.9, SilenceMs = 200 };
        short[] sound = TinyModel.Sound(16_000, (0, 300), (TinyModel.Loud, 200), (0, 300), (-TinyModel.Loud, 50), (TinyModel.Loud, 30), (0, 100), (-TinyModel.Loud, 90));
        var whole = new Spotter(model, null, options);
        AudioEvent[] expected = whole.Push(sound).ToArray();
        expected = [.. expected, .. whole.Finish()];
        var spotter = new Spotter(model, null, options);
        var heard = new List<AudioEvent>();
        foreach (short[] piece in sound.Chunk(block))
        {
            heard.AddRange(spotter.Push(piece));
        }

        heard.AddRange(spotter.Finish());
        Assert.Equal(2, expected.Length);
        Assert.Equal(expected, heard);
    }

    [Fact]
    public void Push_allocates_nothing()
    {
        using AudioModel model = TinyModel.Load();
        var spotter = new Spotter(model, null, new UtteranceOptions { Margin = 0.9 });
        short[] sound = TinyModel.Sound(16_000, (0, 500), (TinyModel.Loud, 200), (0, 300));
        int heard = spotter.Push(sound).Length;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int second = 0; second < 5; second++)
        {
            heard += spotter.Push(sound).Length;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(6, heard);
    }

    [Fact]
    public void Reset_begins_anew()
    {
        using AudioModel model = TinyModel.Load();
        var spotter = new Spotter(model, null, new UtteranceOptions());
        short[] sound = TinyModel.Sound(16_000, (0, 100), (TinyModel.Loud, 200), (0, 400));
        AudioEvent[] first = spotter.Push(sound).ToArray();
        spotter.Push(sound.AsSpan(0, 4_000));
        spotter.Reset();
        Assert.Equal(first, spotter.Push(sound).ToArray());
        Assert.Single(first);
    }

    private static TimeSpan Ms(int ms) => TimeSpan.FromMilliseconds(ms);

    private static UtteranceDetector Detector(UtteranceOptions options, bool pools) => new(options, Labels, 1.0 / 128, 0, Step, pools);

    private static AudioEvent[] Hear(UtteranceOptions options, params (short Value, int Ms)[] parts)
    {
        using AudioModel model = TinyModel.Load();
        return Hear(model, options, parts);
    }

    private static AudioEvent[] Hear(AudioModel model, UtteranceOptions? options, params (short Value, int Ms)[] parts)
    {
        var spotter = new Spotter(model, null, options);
        AudioEvent[] heard = spotter.Push(TinyModel.Sound(16_000, parts)).ToArray();
        return [.. heard, .. spotter.Finish()];
    }
}
