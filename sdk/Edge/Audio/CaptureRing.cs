using System.Diagnostics.CodeAnalysis;

namespace Edge.Audio;

/// <summary>Sound on its way from the thread that captures to the one that reads: one writer, one reader, no lock, no allocation.</summary>
/// <remarks>
/// Gaps travel as a number of zeros beside the samples, so that a long one needs no room. A full ring makes the writer wait, and the
/// device's own buffer fills; an empty one makes the reader wait. Only a side that waits costs the other a signal.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "These events hold nothing to release, and one side may wait while the other ends.")]
internal sealed class CaptureRing
{
    private const int MaxGaps = 64;

    private readonly short[] samples;
    private readonly (long Position, long Zeros)[] gaps = new (long, long)[MaxGaps];
    private readonly ManualResetEventSlim readable = new(false, 0);
    private readonly ManualResetEventSlim writable = new(false, 0);
    private readonly ManualResetEventSlim end = new(false, 0);
    private long written; // samples; by the writer
    private long read; // samples; by the reader
    private long gapsWritten;
    private long gapsRead;
    private long zerosLeft; // of the gap that is being read
    private volatile bool ended;

    /// <summary>Makes a ring.</summary>
    /// <param name="capacity">Samples.</param>
    public CaptureRing(int capacity) => samples = new short[capacity];

    /// <summary>Nothing more goes in or out.</summary>
    public bool Ended => ended;

    /// <summary>Samples that wait for the reader.</summary>
    public long Count => Volatile.Read(ref written) - Volatile.Read(ref read);

    /// <summary>Puts samples in, waiting for room.</summary>
    /// <returns>False where the ring was ended meanwhile.</returns>
    public bool Write(ReadOnlySpan<short> source)
    {
        while (source.Length > 0)
        {
            int room = (int)(samples.Length - (written - Volatile.Read(ref read)));
            if (room == 0)
            {
                if (!Wait(writable, static ring => ring.Count < ring.samples.Length))
                {
                    return false;
                }

                continue;
            }

            int start = (int)(written % samples.Length);
            int count = Math.Min(Math.Min(room, samples.Length - start), source.Length);
            source[..count].CopyTo(samples.AsSpan(start));
            source = source[count..];
            Volatile.Write(ref written, written + count);
            Signal(readable);
        }

        return !ended;
    }

    /// <summary>Puts zeros in after what was written, waiting while too many gaps are unread.</summary>
    /// <returns>False where the ring was ended meanwhile.</returns>
    public bool WriteZeros(long count)
    {
        while (gapsWritten - Volatile.Read(ref gapsRead) == MaxGaps)
        {
            if (!Wait(writable, static ring => ring.gapsWritten - Volatile.Read(ref ring.gapsRead) < MaxGaps))
            {
                return false;
            }
        }

        gaps[gapsWritten % MaxGaps] = (written, count);
        Volatile.Write(ref gapsWritten, gapsWritten + 1);
        Signal(readable);
        return !ended;
    }

    /// <summary>Takes what is there, waiting for something.</summary>
    /// <param name="target">At least one frame long.</param>
    /// <param name="channels">Only whole frames are taken.</param>
    /// <returns>Samples; 0 once the ring is ended.</returns>
    public int Read(Span<short> target, int channels)
    {
        target = target[..(target.Length / channels * channels)];
        while (!ended)
        {
            int count = TryRead(target);
            if (count > 0)
            {
                return count;
            }

            _ = Wait(readable, static ring => ring.Count > 0 || Volatile.Read(ref ring.gapsWritten) > ring.gapsRead);
        }

        return 0;
    }

    /// <summary>Ends both sides, waiting ones at once. By any thread.</summary>
    public void End()
    {
        ended = true;
        end.Set();
        readable.Set();
        writable.Set();
    }

    /// <summary>Waits for a time, or until the ring is ended.</summary>
    /// <returns>False where it is ended.</returns>
    public bool Pause(int milliseconds) => !end.Wait(milliseconds);

    private int TryRead(Span<short> target)
    {
        // In this order: where samples behind a gap are seen, the gap is seen too.
        long until = Volatile.Read(ref written);
        long limit = Volatile.Read(ref gapsWritten);
        if (zerosLeft == 0 && gapsRead < limit && gaps[gapsRead % MaxGaps].Position == read)
        {
            zerosLeft = gaps[gapsRead % MaxGaps].Zeros;
            Volatile.Write(ref gapsRead, gapsRead + 1);
            Signal(writable);
        }

        if (zerosLeft > 0)
        {
            int zeros = (int)Math.Min(zerosLeft, target.Length);
            target[..zeros].Clear();
            zerosLeft -= zeros;
            return zeros;
        }

        if (gapsRead < limit)
        {
            until = Math.Min(until, gaps[gapsRead % MaxGaps].Position);
        }

        int start = (int)(read % samples.Length);
        int count = (int)Math.Min(Math.Min(until - read, samples.Length - start), target.Length);
        samples.AsSpan(start, count).CopyTo(target);
        Volatile.Write(ref read, read + count);
        Signal(writable);
        return count;
    }

    private static void Signal(ManualResetEventSlim waited)
    {
        Interlocked.MemoryBarrier(); // what was done must be seen by a side that resets its signal before that signal is looked at
        if (!waited.IsSet)
        {
            waited.Set();
        }
    }

    /// <summary>Waits until a condition holds; true where the ring goes on.</summary>
    private bool Wait(ManualResetEventSlim signal, Func<CaptureRing, bool> condition)
    {
        signal.Reset();
        // What was signalled before the reset is seen here.
        if (!ended && !condition(this))
        {
            signal.Wait();
        }

        return !ended;
    }
}
