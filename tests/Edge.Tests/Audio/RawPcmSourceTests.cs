using System.IO.Pipes;
using Edge.Audio;

namespace Edge.Tests.Audio;

public class RawPcmSourceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Reads_that_cut_samples_and_frames_change_nothing(int channels)
    {
        short[] samples = SyntheticSignal.Generate(1, channels * 7001);
        for (int seed = 0; seed < 5; seed++)
        {
            using RawPcmSource source = new(new TrickleStream(WavBytes.Int16(samples), seed, 1 + (seed * 13)), 16000, channels);
            Assert.Equal(samples, Sources.ReadAll(source, channels + (seed * 31)));
            Assert.False(source.Truncated);
        }
    }

    [Theory]
    [InlineData(0, 3, false)]
    [InlineData(1, 2, true)]
    [InlineData(2, 2, true)]
    [InlineData(3, 2, true)]
    [InlineData(4, 2, false)]
    public void A_pipe_closed_inside_a_frame_drops_the_part(int missingBytes, int frames, bool truncated)
    {
        using AnonymousPipeServerStream writer = new(PipeDirection.Out);
        using RawPcmSource source = new(new AnonymousPipeClientStream(PipeDirection.In, writer.ClientSafePipeHandle), 16000, 2);
        writer.Write(WavBytes.Int16(1, 2, 3, 4, 5, 6).AsSpan(..^missingBytes));
        writer.Dispose();
        Assert.Equal(new short[] { 1, 2, 3, 4, 5, 6 }.Take(2 * frames), Sources.ReadAll(source));
        Assert.Equal(truncated, source.Truncated);
    }

    [Fact]
    public void A_read_returns_what_is_there_without_waiting_for_more()
    {
        using AnonymousPipeServerStream writer = new(PipeDirection.Out);
        using RawPcmSource source = new(new AnonymousPipeClientStream(PipeDirection.In, writer.ClientSafePipeHandle), 16000);
        writer.Write(WavBytes.Int16(1, 2, 3));
        short[] buffer = new short[100];
        Assert.Equal(3, source.Read(buffer)); // with the pipe still open
        Assert.Equal([1, 2, 3], buffer[..3]);
    }

    [Theory]
    [InlineData(7999, 1)]
    [InlineData(192001, 1)]
    [InlineData(16000, 0)]
    [InlineData(16000, 65)]
    public void Impossible_formats_are_the_callers_fault(int rateHz, int channels) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RawPcmSource(Stream.Null, rateHz, channels));

    [Fact]
    public void Reading_allocates_nothing()
    {
        using RawPcmSource source = Sources.Pcm(new short[60_000], 16000, 2);
        short[] buffer = new short[500];
        Assert.Equal(0, Sources.AllocatedBy(() =>
        {
            for (int i = 0; i < 30; i++)
            {
                Assert.True(source.Read(buffer) > 0);
            }
        }));
    }
}
