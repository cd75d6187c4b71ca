using Edge.Audio;
using Edge.Detection;
using Edge.Inference;

namespace Edge.Tests.Detection;

/// <summary>A network that looks ahead is heard as one that does not: the same scores, of the same times, and the same events; they only come later.</summary>
public class DelayTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(150)]
    public void Scores_and_times_are_those_of_the_sound(int delay)
    {
        using AudioModel atOnce = TinyModel.Load(), later = TinyModel.Load(delay: delay);
        foreach (int samples in (int[])[0, 159, 160, 900, 16_000, 16_159])
        {
            short[] sound = SyntheticSignal.Generate(3, samples);
            Assert.Equal(Score(new Scorer(atOnce), sound), Score(new Scorer(later), sound));
        }
    }

    [Theory]
    [InlineData(8_000)]
    [InlineData(44_100)]
    public void Another_rate_and_a_reset_make_no_difference(int rateHz)
    {
        using AudioModel atOnce = TinyModel.Load(), later = TinyModel.Load(delay: 4);
        short[] sound = SyntheticSignal.Generate(3, rateHz);
        var scorer = new Scorer(later, rateHz);
        List<string> expected = Score(new Scorer(atOnce, rateHz), sound);
        Assert.Equal(expected, Score(scorer, sound));
        scorer.Reset();
        Assert.Equal(expected, Score(scorer, sound));
    }

    [Fact]
    public void A_score_comes_as_late_as_the_model_says()
    {
        using AudioModel model = TinyModel.Load(delay: 4);
        var scorer = new Scorer(model);
        ReadOnlySpan<short> early = new short[4 * 160], next = new short[160];
        Assert.Equal(TimeSpan.FromMilliseconds(40), model.Delay);
        Assert.False(scorer.TryStep(ref early));
        Assert.True(scorer.TryStep(ref next));
        Assert.Equal((800, TimeSpan.FromMilliseconds(10)), (scorer.SamplesTaken, scorer.Time));
    }

    [Fact]
    public void Events_have_the_times_of_their_sound_also_at_its_end()
    {
        using AudioModel atOnce = TinyModel.Load(), later = TinyModel.Load(delay: 12);
        short[] sound = TinyModel.Sound(16_000, (0, 500), (TinyModel.Loud, 200), (0, 500), (-TinyModel.Loud, 90));
        AudioEvent[] expected = Hear(atOnce, sound), heard = Hear(later, sound);
        Assert.Equal(["high", "low"], heard.Select(one => one.Label));
        Assert.Equal(expected, heard);
    }

    [Fact]
    public void The_self_test_covers_the_end_of_the_sound()
    {
        using AudioModel later = TinyModel.Load(delay: 3), atOnce = TinyModel.Load();
        Assert.Equal(atOnce.ComputeSelfTest(5, 16_000), later.ComputeSelfTest(5, 16_000));
        Assert.NotEqual(later.ComputeSelfTest(5, 160), later.ComputeSelfTest(5, 320));
    }

    [Fact]
    public void Nothing_is_allocated_not_even_at_the_end()
    {
        using AudioModel model = TinyModel.Load(delay: 5);
        var scorer = new Scorer(model);
        short[] sound = SyntheticSignal.Generate(3, 16_100);
        int steps = Count(scorer, sound);
        scorer.Reset();
        long before = GC.GetAllocatedBytesForCurrentThread();
        steps += Count(scorer, sound);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(200, steps);
    }

    [Fact]
    public void Whole_windows_and_anomalies_cannot_be_late()
    {
        string window = TinyModel.FrontEnd().Replace("\"windowSamples\"", "\"featureWindow\": { \"strideFrames\": 1 }, \"windowSamples\"", StringComparison.Ordinal);
        var error = Assert.Throws<ModelFormatException>(() => AudioModel.Load(TinyModel.File(frontEnd: window, delay: 2), "late"));
        Assert.Contains(error.Faults, fault => fault.Contains("plan.delaySteps is 2; expected 0 where the network takes whole windows", StringComparison.Ordinal));
        string anomaly = """{ "kind": "anomaly", "threshold": 1 }""";
        error = Assert.Throws<ModelFormatException>(() => AudioModel.Load(TinyModel.File(detection: anomaly, delay: 2), "late"));
        Assert.Contains(error.Faults, fault => fault.Contains("plan.delaySteps is 2; expected 0 where detection of kind anomaly", StringComparison.Ordinal));
    }

    private static AudioEvent[] Hear(AudioModel model, short[] sound)
    {
        var spotter = new Spotter(model);
        return [.. spotter.Push(sound).ToArray(), .. spotter.Finish()];
    }

    private static int Count(Scorer scorer, ReadOnlySpan<short> sound)
    {
        int steps = 0;
        while (scorer.TryStep(ref sound) || scorer.TryFinish())
        {
            steps++;
        }

        return steps;
    }

    private static List<string> Score(Scorer scorer, ReadOnlySpan<short> sound)
    {
        var steps = new List<string>();
        while (scorer.TryStep(ref sound) || scorer.TryFinish())
        {
            steps.Add($"{scorer.Time} {string.Join(' ', scorer.Scores.ToArray())}");
        }

        return steps;
    }
}
