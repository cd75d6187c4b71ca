using System.Diagnostics;

namespace Edge.Hosting.Listening;

/// <summary>The newest seconds of a mono stream, from which every model reads: one that begins later, or anew, starts in the past.</summary>
internal sealed class PastSound
{
    private readonly short[] ring;

    /// <param name="sampleRateHz">Samples a second.</param>
    /// <param name="capacity">Samples that are kept.</param>
    public PastSound(int sampleRateHz, int capacity) => (SampleRateHz, ring) = (sampleRateHz, new short[capacity]);

    /// <summary>Samples a second.</summary>
    public int SampleRateHz { get; }

    /// <summary>Index of the oldest sample that is kept, counted from the stream's first.</summary>
    public long Start => Math.Max(0, End - ring.Length);

    /// <summary>Index of the next sample to come.</summary>
    public long End { get; private set; }

    /// <summary>Takes the stream's next samples; they push out the oldest.</summary>
    public void Append(ReadOnlySpan<short> samples)
    {
        while (!samples.IsEmpty)
        {
            Span<short> room = ring.AsSpan((int)(End % ring.Length));
            int count = Math.Min(room.Length, samples.Length);
            samples[..count].CopyTo(room);
            samples = samples[count..];
            End += count;
        }
    }

    /// <summary>Samples from <paramref name="start"/> on that lie side by side in memory: not all up to <paramref name="end"/> where the ring wraps between.</summary>
    /// <param name="start">At least <see cref="Start"/>.</param>
    /// <param name="end">Above <paramref name="start"/>, at most <see cref="End"/>.</param>
    public ReadOnlySpan<short> Read(long start, long end)
    {
        Debug.Assert(start >= Start && end <= End, "A model has fallen behind what is kept.");
        ReadOnlySpan<short> rest = ring.AsSpan((int)(start % ring.Length));
        return rest[..(int)Math.Min(rest.Length, end - start)];
    }

    /// <summary>The time of a sample since the stream's first.</summary>
    public TimeSpan TimeOf(long sample) => TimeSpan.FromTicks((long)((Int128)sample * TimeSpan.TicksPerSecond / SampleRateHz));

    /// <summary>The first sample at or after a time.</summary>
    public long SampleAt(TimeSpan time) => (long)(((Int128)time.Ticks * SampleRateHz + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond);
}
