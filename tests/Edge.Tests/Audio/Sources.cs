using Edge.Audio;

namespace Edge.Tests.Audio;

/// <summary>What tests of sources share.</summary>
internal static class Sources
{
    /// <summary>Everything a source gives, read in pieces of the given number of samples.</summary>
    public static short[] ReadAll(IAudioSource source, int piece = 4096)
    {
        List<short> all = [];
        short[] buffer = new short[piece];
        for (int got = source.Read(buffer); got > 0; got = source.Read(buffer))
        {
            Assert.Equal(0, got % source.Channels);
            all.AddRange(buffer.AsSpan(0, got));
        }

        Assert.Equal(0, source.Read(buffer));
        return [.. all];
    }

    /// <summary>A recording in memory.</summary>
    public static RawPcmSource Pcm(short[] samples, int rateHz, int channels = 1) =>
        new(new MemoryStream(WavBytes.Int16(samples)), rateHz, channels, "test");

    /// <summary>Bytes that this thread allocates for <paramref name="action"/>, once it has run twice before.</summary>
    public static long AllocatedBy(Action action)
    {
        action();
        action();
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
