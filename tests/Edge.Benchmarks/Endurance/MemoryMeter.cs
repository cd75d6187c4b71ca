using Microsoft.Win32.SafeHandles;

namespace Edge.Benchmarks.Endurance;

/// <summary>What this process holds in memory, read without allocating.</summary>
internal sealed class MemoryMeter : IDisposable
{
    private readonly SafeFileHandle rollup = File.OpenHandle("/proc/self/smaps_rollup");
    private readonly byte[] text = new byte[4096];

    /// <summary>Bytes allocated by the calling thread since it began, whether collected or not.</summary>
    public static long AllocatedBytes => GC.GetAllocatedBytesForCurrentThread();

    /// <summary>Bytes of memory that are resident: those of mapped files too.</summary>
    public long ResidentBytes => Field("Rss:"u8);

    /// <summary>Resident bytes that no file stands behind: heaps and stacks.</summary>
    public long AnonymousBytes => Field("Anonymous:"u8);

    public void Dispose() => rollup.Dispose();

    private long Field(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> all = text.AsSpan(0, RandomAccess.Read(rollup, text, 0));
        ReadOnlySpan<byte> line = all[(all.IndexOf(name) + name.Length)..].TrimStart((byte)' ');
        return System.Buffers.Text.Utf8Parser.TryParse(line, out long kilobytes, out _) ? 1024 * kilobytes : throw new InvalidDataException("/proc/self/smaps_rollup has another form.");
    }
}
