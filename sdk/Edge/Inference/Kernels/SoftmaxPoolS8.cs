using System.Numerics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>
/// Mean over time of int8 values, each weighted by e^logit, frame by frame: what a softmax over time, a product and a sum give, without keeping a frame.
/// </summary>
/// <remarks>
/// Sums are relative to the largest logit so far and are rescaled when a larger one comes: Milakov and Gimelshein, "Online normalizer calculation for
/// softmax" (2018).
/// </remarks>
internal static class SoftmaxPoolS8
{
    /// <summary>Fraction bits of a mean before it is rescaled to the output.</summary>
    public const int MeanFractionBits = 20;

    /// <summary>A sum of weights from which on it and the sum of values are halved, so that sound may go on for ever.</summary>
    public const long Renewal = 1L << 54;

    private const int DivisorBits = 34; // a mean's numerator stays within 63 bits

    /// <summary>Takes one frame in.</summary>
    /// <param name="values">[lanes].</param>
    /// <param name="zeroPoint">The integer that means 0 among the values.</param>
    /// <param name="logits">[lanes].</param>
    /// <param name="exponentials">[256], e^(−difference · scale) in Q31, from <see cref="SoftmaxS8.Exponentials"/>.</param>
    /// <param name="weights">[lanes], sums of weights in Q31; 0 before the first frame.</param>
    /// <param name="sums">[lanes], sums of weighted values in Q31.</param>
    /// <param name="largest">[lanes], the largest logit so far; of no meaning before the first frame.</param>
    public static void Add(
        ReadOnlySpan<sbyte> values, int zeroPoint, ReadOnlySpan<sbyte> logits, ReadOnlySpan<int> exponentials, Span<long> weights, Span<long> sums, Span<sbyte> largest)
    {
        for (int i = 0; i < values.Length; i++)
        {
            (long total, long sum, int difference) = (weights[i], sums[i], largest[i] - logits[i]);
            if (difference < 0 || total == 0)
            {
                int factor = total == 0 ? 0 : exponentials[-difference];
                (total, sum, difference) = (Scaled(total, factor), Scaled(sum, factor), 0);
                largest[i] = logits[i];
            }

            long weight = exponentials[difference];
            total += weight;
            sum += weight * (values[i] - zeroPoint);
            if (total >= Renewal)
            {
                (total, sum) = (total >> 1, sum >> 1);
            }

            (weights[i], sums[i]) = (total, sum);
        }
    }

    /// <summary>The means of all frames so far.</summary>
    /// <param name="weights">[lanes]; where it is not above 0, the mean is 0.</param>
    /// <param name="sums">[lanes].</param>
    /// <param name="scale">Values' scale over the output's, over 2^<see cref="MeanFractionBits"/>.</param>
    /// <param name="zeroPoint">The integer that means 0 in the output.</param>
    /// <param name="output">[lanes].</param>
    public static void Finish(ReadOnlySpan<long> weights, ReadOnlySpan<long> sums, Rescale scale, int zeroPoint, Span<sbyte> output)
    {
        for (int i = 0; i < output.Length; i++)
        {
            output[i] = FixedPoint.SaturateToInt8(scale.Apply(Mean(weights[i], sums[i])) + zeroPoint);
        }
    }

    /// <summary>sum / weight in steps of 2^-20, to nearest, ties up.</summary>
    private static int Mean(long weight, long sum)
    {
        if (weight <= 0)
        {
            return 0;
        }

        int shift = Math.Max(0, BitOperations.Log2((ulong)weight) + 1 - DivisorBits);
        long divisor = 2 * (weight >> shift);
        long numerator = ((sum >> shift) << (MeanFractionBits + 1)) + divisor / 2;
        (long mean, long rest) = Math.DivRem(numerator, divisor);
        return (int)(rest < 0 ? mean - 1 : mean);
    }

    /// <summary>value · factor / 2^31, to nearest, ties up.</summary>
    private static long Scaled(long value, int factor) => (value >> 31) * factor + (((value & int.MaxValue) * factor + (1L << 30)) >> 31);
}
