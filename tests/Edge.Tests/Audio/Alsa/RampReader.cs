using Edge.Audio;

namespace Edge.Tests.Audio.Alsa;

/// <summary>Reads a source whose sample n has the value n modulo 2^16, and compares each with its place in the stream.</summary>
internal sealed class RampReader(ICaptureSource source)
{
    private readonly short[] buffer = new short[160];
    private long position; // frames read
    private int? first; // the value that frame 0 had
    private bool inGap;

    /// <summary>Runs of zeros.</summary>
    public int Gaps { get; private set; }

    /// <summary>Frames of zeros in them.</summary>
    public long Zeros { get; private set; }

    /// <summary>The farthest that sound lay from its place, in frames.</summary>
    public int WorstError { get; private set; }

    /// <summary>How much was read.</summary>
    public TimeSpan Time => TimeSpan.FromSeconds((double)position / source.SampleRateHz);

    /// <summary>Reads at least so many frames.</summary>
    public void Read(int frames)
    {
        long end = position + frames;
        while (position < end)
        {
            ReadSome();
        }
    }

    /// <summary>Reads until there have been so many gaps and the last one is over; for a minute of sound at the most.</summary>
    public void ReadPastGap(int gaps)
    {
        long limit = position + (60L * source.SampleRateHz);
        while (Gaps < gaps || inGap)
        {
            Assert.True(position < limit, $"a minute was read, and there were {Gaps} gaps");
            ReadSome();
        }
    }

    private void ReadSome()
    {
        int count = source.Read(buffer);
        Assert.NotEqual(0, count);
        for (int i = 0; i < count; i++, position++)
        {
            // A ramp has a single 0 in 65,536 frames, so two side by side are a gap.
            bool zero = buffer[i] == 0 && (inGap || (i + 1 < count && buffer[i + 1] == 0));
            if (zero)
            {
                Gaps += inGap ? 0 : 1;
                Zeros++;
            }
            else
            {
                first ??= buffer[i];
                WorstError = Math.Max(WorstError, Math.Abs((short)(buffer[i] - first.Value - position)));
            }

            inGap = zero;
        }
    }
}
