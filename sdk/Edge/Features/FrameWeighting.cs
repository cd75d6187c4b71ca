using Edge.Features.Design;
using Edge.Numerics;

namespace Edge.Features;

/// <summary>PCM to a weighted frame of 32-bit numbers that use their bits fully: mean removal, pre-emphasis, window, scaling.</summary>
internal sealed class FrameWeighting(LogMelOptions options)
{
    private const int FractionBits = 13; // |sample - mean| < 2^16 and pre-emphasis doubles at most: 30 bits and the sign

    private readonly int[] windowQ30 = WindowDesign.WindowQ30(options.Window, options.WindowSamples);
    private readonly bool removeMean = options.RemoveMean;
    private readonly long emphasisQ31 = ((long)options.PreEmphasisMillionths << 31) / 1_000_000;

    /// <summary>Writes the frame [window samples], scaled by a power of two so that its peak lies in [2^29, 2^30).</summary>
    /// <returns>The power of two: weighted = frame·2^result; a silent frame stays 0.</returns>
    public int Apply(ReadOnlySpan<short> frame, Span<int> weighted)
    {
        weighted = weighted[..frame.Length];
        int mean = removeMean ? Mean(frame) : 0;
        long previous = (frame[0] << FractionBits) - mean;
        uint peak = 0;
        for (int i = 0; i < frame.Length; i++)
        {
            long sample = (frame[i] << FractionBits) - mean;
            long emphasized = sample - ((previous * emphasisQ31 + (1L << 30)) >> 31);
            previous = sample;
            int value = (int)((emphasized * windowQ30[i] + (1L << 29)) >> 30);
            weighted[i] = value;
            peak |= (uint)(value ^ (value >> 31)); // has the bit length of the largest magnitude
        }

        int shift = peak == 0 ? 0 : 30 - FixedPoint.BitLength(peak);
        foreach (ref int value in weighted)
        {
            value = shift >= 0 ? value << shift : value >> -shift;
        }

        return shift + FractionBits;
    }

    private static int Mean(ReadOnlySpan<short> frame)
    {
        long sum = 0;
        foreach (short sample in frame)
        {
            sum += sample;
        }

        return (int)((sum << FractionBits) / frame.Length);
    }
}
