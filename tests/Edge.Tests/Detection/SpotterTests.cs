using Edge.Detection;

namespace Edge.Tests.Detection;

public class SpotterTests
{
    private static readonly short[] Words = TinyModel.Sound(16_000, (0, 500), (TinyModel.Loud, 200), (0, 300), (-TinyModel.Loud, 200), (0, 500));

    [Theory]
    [InlineData(1)]
    [InlineData(160)]
    [InlineData(1_000)]
    [InlineData(100_000)]
    public void Words_are_heard_at_their_time_however_the_sound_is_cut(int block)
    {
        using AudioModel model = TinyModel.Load();
        var spotter = new Spotter(model);
        var heard = new List<AudioEvent>();
        foreach (short[] piece in Words.Chunk(block))
        {
            heard.AddRange(spotter.Push(piece));
        }

        // Five steps of 10 ms: their average reaches 0.8 · 5 with the fifth loud one.
        Assert.Equal(["high", "low"], heard.Select(e => e.Label));
        Assert.Equal([TimeSpan.FromMilliseconds(550), TimeSpan.FromMilliseconds(1_050)], heard.Select(e => e.End));
        Assert.Equal([TimeSpan.FromMilliseconds(450), TimeSpan.FromMilliseconds(950)], heard.Select(e => e.Start));
        Assert.All(heard, e => Assert.InRange(e.Score, 0.8f, 1f));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(160)]
    [InlineData(1_000)]
    [InlineData(100_000)]
    public void Sound_events_are_the_same_however_the_sound_is_cut(int block)
    {
        using AudioModel model = TinyModel.Load(detection: TinyModel.SoundEvents);
        var spotter = new Spotter(model, 16_000, (SoundEventOptions)model.Detection with { Onsets = true });
        short[] sound = [.. Words, .. Words.AsSpan(0, Words.Length - 11_000)]; // ends within "low"
        var heard = new List<AudioEvent>();
        foreach (short[] piece in sound.Chunk(block))
        {
            heard.AddRange(spotter.Push(piece));
        }

        heard.AddRange(spotter.Finish());
        Assert.Equal(
            ["Onset high 0.5-0.51", "Complete high 0.5-0.7", "Onset low 1-1.01", "Complete low 1-1.2", "Onset high 2.2-2.21", "Complete high 2.2-2.4", "Onset low 2.7-2.71", "Complete low 2.7-2.71"],
            heard.Select(e => FormattableString.Invariant($"{e.Phase} {e.Label} {e.Start.TotalSeconds:0.##}-{e.End.TotalSeconds:0.##}")));
    }

    [Theory]
    [InlineData(8_000)]
    [InlineData(44_100)]
    [InlineData(48_000)]
    public void Times_are_those_of_the_sound_pushed_whatever_its_rate(int rateHz)
    {
        using AudioModel model = TinyModel.Load();
        var spotter = new Spotter(model, rateHz);
        short[] sound = new short[2 * rateHz];
        sound.AsSpan(rateHz, rateHz / 5).Fill(TinyModel.Loud);
        List<AudioEvent> heard = [.. spotter.Push(sound), .. spotter.Finish()];
        Assert.Equal("high", Assert.Single(heard).Label);
        Assert.InRange(heard[0].End.TotalSeconds, 1.04, 1.06);
    }

    [Fact]
    public void What_the_resampler_holds_back_is_heard_at_the_end()
    {
        using AudioModel model = TinyModel.Load();
        var spotter = new Spotter(model, 48_000);
        short[] sound = new short[48_000 / 100 * 5];
        sound.AsSpan().Fill(TinyModel.Loud);
        Assert.Empty(spotter.Push(sound).ToArray());
        Assert.Single(spotter.Finish().ToArray());
    }

    [Fact]
    public void Push_allocates_nothing_after_the_first_second()
    {
        using AudioModel model = TinyModel.Load();
        foreach (int rateHz in (int[])[16_000, 48_000])
        {
            var spotter = new Spotter(model, rateHz);
            short[] sound = TinyModel.Sound(rateHz, (0, 500), (TinyModel.Loud, 200), (0, 300));
            int heard = spotter.Push(sound).Length;
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int second = 0; second < 5; second++)
            {
                heard += spotter.Push(sound).Length;
            }

            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.Equal(6, heard);
        }
    }

    [Fact]
    public void One_push_may_bring_more_events_than_any_before()
    {
        using AudioModel model = TinyModel.Load();
        var spotter = new Spotter(model);
        short[] sound = [.. Enumerable.Repeat(TinyModel.Sound(16_000, (TinyModel.Loud, 200), (0, 300)), 40).SelectMany(s => s)];
        Assert.Equal(40, spotter.Push(sound).Length);
    }

    [Fact]
    public void Reset_begins_anew()
    {
        using AudioModel model = TinyModel.Load();
        var spotter = new Spotter(model);
        AudioEvent[] first = spotter.Push(Words).ToArray();
        spotter.Reset();
        Assert.Equal(first, spotter.Push(Words).ToArray());
    }
}
