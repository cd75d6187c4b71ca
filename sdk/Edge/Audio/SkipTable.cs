namespace Edge.Audio;

/// <summary>Where a stream skipped time: the newest places, and the sum of all before.</summary>
/// <remarks>Gaps that are too long to fill are rare, so that a lock serves.</remarks>
internal sealed class SkipTable
{
    private const int Places = 64;

    private readonly (long Position, long Total)[] places = new (long, long)[Places];
    private readonly Lock access = new();
    private long count;
    private long totalBefore; // of the places that are forgotten

    /// <summary>Notes that frames are skipped after a position.</summary>
    /// <param name="position">Frames of the stream before it.</param>
    /// <param name="frames">How many are skipped.</param>
    public void Add(long position, long frames)
    {
        lock (access)
        {
            long total = (count == 0 ? 0 : places[(count - 1) % Places].Total) + frames;
            if (count >= Places)
            {
                totalBefore = places[count % Places].Total;
            }

            places[count % Places] = (position, total);
            count++;
        }
    }

    /// <summary>Frames skipped up to a position, those right before it included.</summary>
    /// <remarks>Before the oldest place that is known, the sum of all forgotten ones.</remarks>
    public long Before(long position)
    {
        lock (access)
        {
            for (long i = count - 1; i >= Math.Max(0, count - Places); i--)
            {
                if (places[i % Places].Position <= position)
                {
                    return places[i % Places].Total;
                }
            }

            return totalBefore;
        }
    }
}
