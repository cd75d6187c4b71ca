using Edge.Audio;
using Edge.Detection;

namespace Edge.Tests.Detection;

public class ScorerTests
{
    [Theory]
    [InlineData(16_000)]
    [InlineData(44_100)]
    [InlineData(8_000)]
    public void Scores_and_times_do_not_depend_on_how_the_sound_is_cut(int rateHz)
    {
        using AudioModel model = TinyModel.Load();
        short[] sound = SyntheticSignal.Generate(3, rateHz);
        List<string> whole = Score(new Scorer(model, rateHz), sound, _ => sound.Length);
        Assert.InRange(whole.Count, 99, 100);
        foreach (int seed in Enumerable.Range(1, 5))
        {
            var random = new Random(seed);
            Assert.Equal(whole, Score(new Scorer(model, rateHz), sound, left => random.Next(0, Math.Min(left, 700) + 1)));
        }
    }

    [Fact]
    public void No_step_waits_for_the_next_push()
    {
        using AudioModel model = TinyModel.Load();
        foreach (int length in (int[])[400, 512, 1_000, 4_000])
        {
            short[] sound = SyntheticSignal.Generate(3, length);
            var atOnce = new Scorer(model, 8_000);
            var singly = new Scorer(model, 8_000);
            Assert.Equal(sound.Chunk(1).Sum(sample => Count(singly, sample)), Count(atOnce, sound));
            Assert.Equal(singly.SamplesTaken, atOnce.SamplesTaken);
        }
    }

    [Fact]
    public void A_step_s_time_is_the_end_of_its_sound()
    {
        using AudioModel model = TinyModel.Load();
        var scorer = new Scorer(model);
        ReadOnlySpan<short> sound = new short[16_000];
        Assert.True(scorer.TryStep(ref sound));
        Assert.Equal((160, TimeSpan.FromMilliseconds(10)), (scorer.SamplesTaken, scorer.Time));
        Assert.True(scorer.TryStep(ref sound));
        Assert.Equal(TimeSpan.FromMilliseconds(20), scorer.Time);
    }

    [Fact]
    public void Real_scores_are_probabilities()
    {
        using AudioModel model = TinyModel.Load();
        var scorer = new Scorer(model);
        ReadOnlySpan<short> sound = TinyModel.Sound(16_000, (-TinyModel.Loud, 10));
        Assert.True(scorer.TryStep(ref sound));
        float[] scores = new float[3];
        scorer.CopyScores(scores);
        Assert.Equal([0.01f, 0.00f, 0.99f], scores.Select(s => MathF.Round(s, 2)));
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        using AudioModel model = TinyModel.Load();
        var scorer = new Scorer(model, 44_100);
        short[] sound = SyntheticSignal.Generate(3, 44_100);
        int steps = Count(scorer, sound);
        long before = GC.GetAllocatedBytesForCurrentThread();
        steps += Count(scorer, sound);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.InRange(steps, 198, 200);
    }

    [Fact]
    public void Reset_begins_anew()
    {
        using AudioModel model = TinyModel.Load();
        var scorer = new Scorer(model, 44_100);
        short[] sound = SyntheticSignal.Generate(3, 20_001);
        List<string> first = Score(scorer, sound, left => left);
        scorer.Reset();
        Assert.Equal(first, Score(scorer, sound, left => left));
    }

    [Theory]
    [InlineData(4_000)]
    [InlineData(384_000)]
    public void A_rate_that_cannot_be_served_is_named(int rateHz)
    {
        using AudioModel model = TinyModel.Load();
        string message = Assert.Throws<ArgumentOutOfRangeException>(() => new Scorer(model, rateHz)).Message;
        Assert.Contains($"{rateHz} Hz", message);
        Assert.Contains("16000 Hz that tiny hears", message);
    }

    private static int Count(Scorer scorer, ReadOnlySpan<short> sound)
    {
        int steps = 0;
        while (scorer.TryStep(ref sound))
        {
            steps++;
        }

        return steps;
    }

    private static List<string> Score(Scorer scorer, ReadOnlySpan<short> sound, Func<int, int> cut)
    {
        var steps = new List<string>();
        while (!sound.IsEmpty)
        {
            int length = cut(sound.Length);
            ReadOnlySpan<short> piece = sound[..length];
            sound = sound[length..];
            while (scorer.TryStep(ref piece))
            {
                steps.Add($"{scorer.Time} {string.Join(' ', scorer.Scores.ToArray())}");
            }

            Assert.True(piece.IsEmpty);
        }

        while (scorer.TryFinish())
        {
            steps.Add($"{scorer.Time} {string.Join(' ', scorer.Scores.ToArray())}");
        }

        return steps;
    }
}
