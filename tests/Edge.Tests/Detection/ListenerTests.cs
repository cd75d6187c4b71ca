using Edge.Audio;
using Edge.Detection;
using Edge.Inference;
using Edge.Tests.Audio;

namespace Edge.Tests.Detection;

public sealed class ListenerTests
{
    private static readonly short[] Words = TinyModel.Sound(16_000, (0, 500), (TinyModel.Loud, 200), (0, 300), (-TinyModel.Loud, 200), (0, 500));

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_come_in_order_and_end_with_the_source()
    {
        using AudioModel model = TinyModel.Load();
        await using var listener = new Listener(new MemorySource(Words, 16_000), [model]);
        Assert.Equal(["high 00:00:00.5500000", "low 00:00:01.0500000"], await Hear(listener, TestEnds));
    }

    [Fact]
    public async Task Other_settings_than_the_model_s_and_the_end_of_the_source_closes_events()
    {
        using AudioModel model = TinyModel.Load();
        await using var listener = new Listener(
            new MemorySource(Words[..16_800], 16_000), [model], detection: m => new SoundEventOptions { Classes = [new SoundClass { Name = "low", Labels = [m.Labels.ToList().IndexOf("low")] }] });
        Assert.Equal(["low 00:00:01.0500000"], await Hear(listener, TestEnds));
    }

    [Fact]
    public async Task Two_models_of_different_rates_hear_one_source()
    {
        using AudioModel wide = TinyModel.Load("wide");
        using AudioModel narrow = TinyModel.Load("narrow", rateHz: 8_000);
        short[] sound = TinyModel.Sound(44_000, (0, 500), (TinyModel.Loud, 200), (0, 500));
        await using var listener = new Listener(new MemorySource(sound, 44_000), [wide, narrow]);
        var heard = new List<AudioEvent>();
        await foreach (AudioEvent e in listener.ListenAsync(TestEnds))
        {
            heard.Add(e);
        }

        Assert.Equal(["narrow", "wide"], heard.Select(e => e.Model).Order(StringComparer.Ordinal));
        Assert.All(heard, e => Assert.InRange(e.End.TotalSeconds, 0.54, 0.57));
    }

    [Theory]
    [InlineData(0, new[] { "high 00:00:00.0500000" })]
    [InlineData(1, new[] { "low 00:00:00.0500000" })]
    [InlineData(null, new string[0])] // the mean is silence
    public async Task One_channel_or_the_mean_is_heard(int? channel, string[] expected)
    {
        using AudioModel model = TinyModel.Load();
        short[] stereo = [.. Enumerable.Range(0, 16_000).Select(i => i % 2 == 0 ? TinyModel.Loud : (short)-TinyModel.Loud)];
        await using var listener = new Listener(new MemorySource(stereo, 16_000, channels: 2), [model], channel);
        Assert.Equal(expected, await Hear(listener, TestEnds));
    }

    [Fact]
    public async Task Cancellation_ends_at_once_while_a_read_blocks()
    {
        using AudioModel model = TinyModel.Load();
        using var blocked = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var source = new MemorySource([], 16_000)
        {
            AtEnd = () =>
            {
                blocked.Set();
                release.Wait(TestEnds);
            },
        };
        var listener = new Listener(source, [model]);
        using var cancel = new CancellationTokenSource();
        Task<List<string>> listening = Hear(listener, cancel.Token);
        blocked.Wait(TestEnds);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listening);
        // The read still blocks: the source must not be disposed under it, and is disposed once it returns.
        Assert.False(source.Disposed.Task.IsCompleted);
        release.Set();
        await source.Disposed.Task.WaitAsync(TestEnds);
        await listener.DisposeAsync();
    }

    [Fact]
    public async Task Times_of_events_count_what_a_live_source_skipped()
    {
        using AudioModel model = TinyModel.Load();
        int position = 0;
        var source = new FakeCapture
        {
            Skip = (TimeSpan.FromSeconds(0.8), TimeSpan.FromHours(2)),
            OnRead = buffer =>
            {
                int count = Math.Min(buffer.Length, Words.Length - position);
                Words.AsSpan(position, count).CopyTo(buffer);
                position += count;
                return count;
            },
        };
        await using var listener = new Listener(source, [model]);
        Assert.Equal(["high 00:00:00.5500000", "low 02:00:01.0500000"], await Hear(listener, TestEnds));
    }

    [Fact]
    public async Task Disposal_ends_a_read_of_a_live_source_that_waits_for_its_device()
    {
        using AudioModel model = TinyModel.Load();
        using var reading = new ManualResetEventSlim();
        var source = new FakeCapture();
        source.OnRead = _ =>
        {
            reading.Set();
            SpinWait.SpinUntil(() => source.State == CaptureState.Ended);
            return 0;
        };
        var listener = new Listener(source, [model]);
        Task<List<string>> listening = Hear(listener, TestEnds);
        reading.Wait(TestEnds);
        await listener.DisposeAsync();
        Assert.Empty(await listening.WaitAsync(TestEnds));
    }

    [Fact]
    public async Task A_fault_of_the_source_comes_after_the_events_before_it()
    {
        using AudioModel model = TinyModel.Load();
        var source = new MemorySource(Words, 16_000) { AtEnd = () => throw new AudioFormatException("unplugged") };
        await using var listener = new Listener(source, [model]);
        var heard = new List<string>();
        var fault = await Assert.ThrowsAsync<AudioFormatException>(async () =>
        {
            await foreach (AudioEvent e in listener.ListenAsync(TestEnds))
            {
                heard.Add(e.Label);
            }
        });
        Assert.Equal("unplugged", fault.Message);
        Assert.Equal(["high", "low"], heard);
    }

    [Fact]
    public async Task A_reader_that_is_far_behind_loses_nothing()
    {
        using AudioModel model = TinyModel.Load();
        short[] sound = [.. Enumerable.Repeat(TinyModel.Sound(16_000, (TinyModel.Loud, 200), (0, 300)), 300).SelectMany(s => s)];
        await using var listener = new Listener(new MemorySource(sound, 16_000), [model]);
        int heard = 0;
        await foreach (AudioEvent e in listener.ListenAsync(TestEnds))
        {
            await Task.Yield();
            heard++;
        }

        Assert.Equal(300, heard);
    }

    [Fact]
    public async Task Leaving_the_loop_stops_the_source_though_the_channel_is_full()
    {
        using AudioModel model = TinyModel.Load();
        short[] sound = [.. Enumerable.Repeat(TinyModel.Sound(16_000, (TinyModel.Loud, 200), (0, 300)), 300).SelectMany(s => s)];
        var source = new MemorySource(sound, 16_000);
        await using (var listener = new Listener(source, [model]))
        {
            await foreach (AudioEvent e in listener.ListenAsync(TestEnds))
            {
                break;
            }
        }

        await source.Disposed.Task.WaitAsync(TestEnds);
    }

    [Fact]
    public async Task A_listener_listens_once()
    {
        using AudioModel model = TinyModel.Load();
        await using var listener = new Listener(new MemorySource(Words, 16_000), [model]);
        await Hear(listener, TestEnds);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Hear(listener, TestEnds));
    }

    [Fact]
    public async Task A_listener_that_never_listened_disposes_its_source()
    {
        using AudioModel model = TinyModel.Load();
        var source = new MemorySource(Words, 16_000);
        await new Listener(source, [model]).DisposeAsync();
        Assert.True(source.Disposed.Task.IsCompleted);
    }

    [Fact]
    public void A_model_that_cannot_be_opened_disposes_the_source()
    {
        var source = new MemorySource(Words, 16_000);
        string path = Path.GetTempFileName();
        File.WriteAllText(path, "no model");
        Assert.Throws<ModelFormatException>(() => Listener.Open(path, source));
        File.Delete(path);
        Assert.True(source.Disposed.Task.IsCompleted);
    }

    [Fact]
    public void Without_a_model_or_with_a_rate_that_cannot_be_served_there_is_no_listener()
    {
        using AudioModel model = TinyModel.Load();
        Assert.Throws<ArgumentException>(() => new Listener(new MemorySource(Words, 16_000), []));
        string message = Assert.Throws<ArgumentOutOfRangeException>(() => new Listener(new MemorySource(Words, 4_000), [model])).Message;
        Assert.Contains("4000 Hz", message);
    }

    private static async Task<List<string>> Hear(Listener listener, CancellationToken cancel)
    {
        var heard = new List<string>();
        await foreach (AudioEvent e in listener.ListenAsync(cancel))
        {
            heard.Add($"{e.Label} {e.End}");
        }

        return heard;
    }
}
