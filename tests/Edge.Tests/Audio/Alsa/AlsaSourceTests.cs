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
    public void A_minute_of_capture_allocates_nothing_on_either_side()
    {
        string path = Path.Combine(folder, "minute.raw");
        File.WriteAllBytes(path, new byte[61 * 16_000 * sizeof(short)]);
        var options = new AlsaOptions { Device = AlsaConfiguration.File(path) };
        var capture = new AlsaCapture(options, AlsaPcm.Open(options));
        var buffer = new short[320];
        capture.Start();
        Hear(16_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Hear(60 * 16_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        capture.Close();

        // Both sides on one thread, for a thread's own bytes can be counted.
        void Hear(int frames)
        {
            while (frames > 0)
            {
                capture.Step();
                while (capture.Ring.Count > 0)
                {
                    frames -= capture.Ring.Read(buffer, 1);
                }
            }
        }
    }

    [Theory]
    [InlineData("missing", "There is no such device")]
    [InlineData("recording:'/nowhere/at/all.raw'", "There is no such device")]
    public void A_device_that_is_not_there_is_told_with_what_to_do(string device, string expected)
    {
        AudioDeviceException e = Assert.Throws<AudioDeviceException>(() => AlsaSource.Open(new AlsaOptions { Device = AlsaConfiguration.Device(device) }));
        Assert.Equal((AlsaFault.NoEntry, "snd_pcm_open"), (e.Code, e.Function));
        Assert.StartsWith($"{device}: snd_pcm_open failed: No such file or directory (-2). {expected}", e.Message);
        Assert.Contains("edge devices", e.Message);
        Assert.True(e.IsTransient);
    }

    [Fact]
    public void A_name_that_is_no_device_s_is_so_for_ever()
    {
        AudioDeviceException e = Assert.Throws<AudioDeviceException>(() => AlsaSource.Open(new AlsaOptions { Device = AlsaConfiguration.Device("silence:no,parameter") }));
        Assert.Equal((AlsaFault.Invalid, false), (e.Code, e.IsTransient));
        Assert.False(AlsaFault.NoLibrary().IsTransient);
    }

    [Fact]
    public void A_device_that_was_plugged_in_since_opens()
    {
        var options = new AlsaOptions { Device = AlsaConfiguration.Ramp(folder) };
        File.WriteAllText(Path.Combine(folder, "gone"), "");
        Assert.True(Assert.Throws<AudioDeviceException>(() => AlsaSource.Open(options)).IsTransient);
        File.Delete(Path.Combine(folder, "gone"));
        using AlsaSource source = AlsaSource.Open(options);
        Assert.NotEqual(0, source.Read(new short[320]));
    }

    [Fact]
    public void A_device_that_the_configuration_has_only_since_then_opens()
    {
        var options = new AlsaOptions { Device = AlsaConfiguration.Device("later") };
        Assert.Throws<AudioDeviceException>(() => AlsaSource.Open(options));
        AlsaConfiguration.AddLater();
        using AlsaSource source = AlsaSource.Open(options);
        Assert.NotEqual(0, source.Read(new short[320]));
    }

    [Theory]
    [InlineData(-16, "Another program has the device")]
    [InlineData(-13, "group (usermod -a -G audio NAME)")]
    [InlineData(-111, "sound server does not answer")]
    [InlineData(-5, "arecord -D hw:1 -d 1 /dev/null")]
    public void An_error_code_says_what_to_do(int code, string expected)
    {
        _ = AlsaConfiguration.Device("silence");
        Assert.Contains(expected, AlsaFault.Error("hw:1", "snd_pcm_open", code).Message);
    }

    [Fact]
    public void Options_out_of_range_are_the_caller_s_fault()
    {
        Assert.All(
            (AlsaOptions[])[new() { Device = " " }, new() { RateHz = 7_999 }, new() { Channels = 65 }, new() { PeriodMs = 0 }, new() { PeriodMs = 50, BufferMs = 99 }],
            options => Assert.ThrowsAny<ArgumentException>(() => AlsaSource.Open(options)));
    }

    [Fact]
    public void Every_encoding_of_devices_is_read_as_files_are()
    {
        byte[] bytes = [0x00, 0x80, 0x00, 0x80, 0xFF, 0xFF, 0xFF, 0x7F, 0x00, 0x00, 0x12, 0x34];
        Assert.Equal([-32768, -32768, -1, 32767, 0, 0x3412], Decode("S16_LE", bytes));
        Assert.Equal([-32767, 32767, 0x3412], Decode("S32_LE", bytes));
        Assert.Equal([128, 0, 4608], Decode("S24_LE", bytes)); // the upper byte says nothing
        Assert.Equal([128, 0, 128, 0x3412], Decode("S24_3LE", bytes));
        Assert.Equal([16384, 32767, 0], Decode("FLOAT_LE", MemoryMarshal.AsBytes<float>([0.5f, 7, float.NaN]).ToArray()));
    }

    [Fact]
    public async Task Disposal_ends_a_read_that_waits_and_every_later_one()
    {
        using AlsaSource source = AlsaSource.Open(new AlsaOptions { Device = AlsaConfiguration.Ramp(folder) });
        var buffer = new short[320];
        Assert.NotEqual(0, source.Read(buffer));
        File.WriteAllText(Path.Combine(folder, "gone"), "");
        Task waiting = Task.Run(() =>
        {
            while (source.Read(new short[320]) > 0)
            {
            }
        }, TestContext.Current.CancellationToken);
        Assert.True(SpinWait.SpinUntil(() => source.State == CaptureState.WaitingForDevice, 10_000));
        source.Dispose();
        await waiting.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Equal(0, source.Read(buffer));
        Assert.Equal(CaptureState.Ended, source.State);
    }

    private static short[] Decode(string name, byte[] bytes)
    {
        AlsaEncoding encoding = Array.Find(AlsaEncoding.Preferred, one => one.Name == name);
        var samples = new short[bytes.Length / encoding.Bytes];
        encoding.Decode(bytes, samples);
        return samples;
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
