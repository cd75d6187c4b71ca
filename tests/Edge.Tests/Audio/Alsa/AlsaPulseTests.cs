using System.Diagnostics;
using Edge.Audio;
using Edge.Audio.Alsa;

namespace Edge.Tests.Audio.Alsa;

/// <summary>Capture through libasound from a sound server, with real time in it.</summary>
public sealed class AlsaPulseTests : IDisposable
{
    private readonly PulseServer server = new();

    public void Dispose() => server.Dispose();

    [Fact]
    public void What_a_sound_server_plays_arrives_sample_by_sample()
    {
        // A stream that begins to play replaces silence that was heard already, so that its first moments are lost.
        short[] played = [.. new short[12_000], .. SyntheticSignal.Generate(11, 16_000)];
        using AlsaSource source = Open();
        Assert.Equal((16_000, 1), (source.SampleRateHz, source.Channels));
        _ = source.Read(new short[320]);
        using Process player = server.Play(played);
        int start = -1;
        List<short> heard = [];
        while (heard.Count < 60 * 16_000 && (start < 0 || heard.Count < start + played.Length))
        {
            var buffer = new short[1_600];
            heard.AddRange(buffer.AsSpan(0, source.Read(buffer)));
            start = start < 0 ? heard.FindIndex(sample => sample != 0) : start;
        }

        int leading = Array.FindIndex(played, sample => sample != 0);
        Assert.True(start >= 0, "nothing was heard");
        Assert.Equal(default, source.Counters);
        Assert.Equal(played[leading..], heard.Skip(start).Take(played.Length - leading));
    }

    [Fact]
    public void A_sound_server_that_ends_is_waited_for()
    {
        using AlsaSource source = Open();
        var buffer = new short[320];
        Assert.NotEqual(0, source.Read(buffer));
        server.Kill();
        Assert.True(SpinWait.SpinUntil(() => source.State == CaptureState.WaitingForDevice, 20_000));
        Assert.NotNull(source.Trouble);
        server.Start();
        Assert.True(SpinWait.SpinUntil(() => source.State == CaptureState.Capturing, 20_000));
        Assert.Equal(1, source.Counters.DeviceLosses);
        long read = 320;
        while (read < source.Counters.LostFrames + 6_400)
        {
            int count = source.Read(buffer);
            Assert.NotEqual(0, count);
            read += count;
        }

        // Sound that came after the gap is of now, and without the zeros in it would be of when the server ended.
        TimeSpan late = DateTimeOffset.UtcNow - source.TimeOf(TimeSpan.FromSeconds(read / 16_000.0));
        Assert.InRange(source.Counters.LostFrames, 1, read);
        Assert.InRange(late.TotalSeconds, -0.1, source.Counters.LostFrames / 16_000.0 / 2);
    }

    private AlsaSource Open() => AlsaSource.Open(new AlsaOptions { Device = server.Device });
}
