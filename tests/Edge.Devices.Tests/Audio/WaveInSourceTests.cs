using Edge.Devices.Audio;
using NAudio.Wave;

namespace Edge.Devices.Tests.Audio;

public class WaveInSourceTests
{
    private readonly FakeWaveIn capture = new();

    [Fact]
    public void What_is_captured_is_read_in_order()
    {
        using var source = new WaveInSource(capture, "fake");
        Assert.True(capture.IsRecording);
        Assert.Equal((16000, 2), (source.SampleRateHz, source.Channels));
        var expected = new List<short>();
        var read = new List<short>();
        var buffer = new short[601]; // an odd length: frames stay whole
        for (short i = 0; i < 400; i++)
        {
            short[] samples = [.. Enumerable.Range(0, 640).Select(k => (short)((i * 640) + k))];
            expected.AddRange(samples);
            capture.Deliver(samples);
            int count = source.Read(buffer);
            Assert.Equal(0, count % 2);
            read.AddRange(buffer[..count]);
        }

        capture.StopRecording();
        int rest;
        while ((rest = source.Read(buffer)) > 0)
        {
            read.AddRange(buffer[..rest]);
        }

        Assert.Equal(expected, read);
        Assert.Equal(0, source.LostFrames);
    }

    [Fact]
    public void What_nobody_reads_is_lost_and_counted()
    {
        using var source = new WaveInSource(capture, "fake");
        var second = new short[32000];
        for (int i = 0; i < 3; i++)
        {
            capture.Deliver(second);
        }

        Assert.Equal(16000, source.LostFrames);
    }

    [Fact]
    public async Task A_read_waits_for_sound_and_for_the_end()
    {
        using var source = new WaveInSource(capture, "fake");
        Task<int> first = Task.Run(() => source.Read(new short[64]), TestContext.Current.CancellationToken);
        capture.Deliver(1, 2);
        Assert.Equal(2, await first);
        Task<int> second = Task.Run(() => source.Read(new short[64]), TestContext.Current.CancellationToken);
        source.Dispose();
        Assert.Equal(0, await second);
        Assert.True(capture.IsDisposed);
    }

    [Fact]
    public void A_device_that_fails_is_an_error_after_what_it_gave()
    {
        using var source = new WaveInSource(capture, "fake");
        capture.Deliver(1, 2);
        capture.Fail(new InvalidOperationException("unplugged"));
        Assert.Equal(2, source.Read(new short[64]));
        Assert.Equal("fake stopped: unplugged", Assert.Throws<IOException>(() => source.Read(new short[64])).Message);
    }

    [Fact]
    public void Another_format_than_PCM_of_16_bits_is_refused()
    {
        capture.WaveFormat = WaveFormat.CreateIeeeFloatWaveFormat(48000, 2);
        Assert.Contains("expected PCM of 16 bits", Assert.Throws<ArgumentException>(() => new WaveInSource(capture, "fake")).Message);
        Assert.True(capture.IsDisposed);
    }
}
