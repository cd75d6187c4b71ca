using System.Runtime.InteropServices;
using Edge.Audio;
using Edge.Audio.Alsa;

namespace Edge.Tests.Audio.Alsa;

/// <summary>Capture through the real libasound, from its own plugins.</summary>
public sealed class AlsaSourceTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edge-capture-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(1, 16_000)]
    [InlineData(2, 48_000)]
    [InlineData(6, 44_100)]
    public void Every_bit_of_a_device_arrives(int channels, int rateHz)
    {
        short[] samples = SyntheticSignal.Generate(7, 30_000 * channels);
        using AlsaSource source = Open(samples, rateHz, channels);
        Assert.Equal((rateHz, channels, "S16_LE"), (source.SampleRateHz, source.Channels, source.Format.Encoding));
        Assert.Equal(samples, ReadExactly(source, samples.Length, 999));
        Assert.Equal(default, source.Counters);
        Assert.Equal(CaptureState.Capturing, source.State);
    }

    [Fact]
    public void A_device_that_gives_zeros_at_once_and_for_ever_waits_for_its_reader()
    {
        using AlsaSource source = AlsaSource.Open(new AlsaOptions { Device = AlsaConfiguration.Device("silence") });
        Assert.All(ReadExactly(source, 10 * 16_000), sample => Assert.Equal(0, sample));
        Assert.Equal(default, source.Counters);
        Assert.Null(source.DriftPpm);
    }

    [Fact]
    public void A_device_that_cannot_do_what_is_asked_gives_its_next_higher_rate_and_its_samples_rounded()
    {
        using AlsaSource source = AlsaSource.Open(new AlsaOptions { Device = AlsaConfiguration.Ramp(folder, "studio"), PeriodMs = 10, BufferMs = 100 });
        Assert.Equal(("S32_LE", 48_000, 2), (source.Format.Encoding, source.Format.RateHz, source.Format.Channels));
        Assert.Equal((480, 4_800), (source.Format.PeriodFrames, source.Format.BufferFrames));
        short[] heard = ReadExactly(source, 4_000);
        Assert.All(Enumerable.Range(0, heard.Length), i => Assert.Equal((short)(heard[0] + (i / 2)), heard[i]));
    }

    [Fact]
    public void Disposal_ends_a_read_that_waits_and_every_later_one()
    {
        using AlsaSource source = AlsaSource.Open(new AlsaOptions { Device = AlsaConfiguration.Ramp(folder) });
        var buffer = new short[320];
        Assert.NotEqual(0, source.Read(buffer));
        File.WriteAllText(Path.Combine(folder, "gone"), "");
        Task<int> waiting = Task.Run(() =>
        {
            int count;
            while ((count = source.Read(new short[320])) > 0)
            {
            }

            return count;
        }, TestContext.Current.CancellationToken);
        Assert.True(SpinWait.SpinUntil(() => source.State == CaptureState.WaitingForDevice, 10_000));
        source.Dispose();
        Assert.True(waiting.Wait(10_000, TestContext.Current.CancellationToken));
        Assert.Equal(0, source.Read(buffer));
        Assert.Equal(CaptureState.Ended, source.State);
    }

    private AlsaSource Open(short[] samples, int rateHz, int channels)
    {
        string path = Path.Combine(folder, "sound.raw");
        File.WriteAllBytes(path, MemoryMarshal.AsBytes<short>(samples).ToArray());
        return AlsaSource.Open(new AlsaOptions { Device = AlsaConfiguration.File(path), RateHz = rateHz, Channels = channels });
    }

    private static short[] ReadExactly(AlsaSource source, int samples, int piece = 4_096)
    {
        var all = new List<short>();
        var buffer = new short[piece];
        while (all.Count < samples)
        {
            int count = source.Read(buffer);
            Assert.True(count > 0 && count % source.Channels == 0);
            all.AddRange(buffer.AsSpan(0, count));
        }

        return [.. all.Take(samples)];
    }
}
