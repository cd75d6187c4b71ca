using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>int8 softmax over the last dimension; output scale 1/256, zero point -128.</summary>
/// <remarks>
/// Source: TensorFlow Lite's reference kernel for SOFTMAX and gemmlowp's fixed-point exponential and reciprocal. Q formats: the
/// difference to the row's maximum in Q5.26, its exponential in Q0.31, their sum in Q12.19.
/// </remarks>
internal static partial class SoftmaxS8
{
    /// <summary>Differences that an int8 row can have: 0 to 255 below its maximum.</summary>
    public const int Differences = 256;

    private const int DifferenceFractionBits = 26;
    private const int SumIntegerBits = 12;
    private const int ExponentialOfMinusEighth = 1895147668; // e^(-1/8) in Q0.31
    private const int Third = 715827883; // 1/3 in Q0.31

    /// <summary>e^-(1/4, 1/2, 1, 2, 4, 8, 16) in Q0.31.</summary>
    private static readonly int[] Powers = [1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242];

    /// <summary>The definition.</summary>
    /// <param name="input">[rows, width].</param>
    /// <param name="width">Elements of a row.</param>
    /// <param name="scale">Input scale · beta · 2^26, at least 1.</param>
    /// <param name="output">[rows, width].</param>
    public static void Reference(ReadOnlySpan<sbyte> input, int width, Rescale scale, Span<sbyte> output)
    {
        for (int start = 0; start < input.Length; start += width)
        {
            ReadOnlySpan<sbyte> row = input.Slice(start, width);
            int maximum = Maximum(row);
            int sum = 0;
            foreach (sbyte value in row)
            {
                sum += Term(Exponential(maximum - value, scale));
            }

            (int reciprocal, int shift) = Reciprocal(sum);
            for (int i = 0; i < width; i++)
            {
                output[start + i] = Share(reciprocal, Exponential(maximum - row[i], scale), shift);
            }
        }
    }

    /// <summary>Same as <see cref="Reference"/> with the exponentials of all 256 differences at hand, four elements at a time.</summary>
    /// <param name="input">[rows, width].</param>
    /// <param name="width">Elements of a row.</param>
    /// <param name="exponentials">[256], from <see cref="Exponentials"/>.</param>
    /// <param name="output">[rows, width].</param>
    /// <param name="scratch">[width].</param>
    public static void RunVector128(ReadOnlySpan<sbyte> input, int width, ReadOnlySpan<int> exponentials, Span<sbyte> output, Span<int> scratch)
    {
        for (int start = 0; start < input.Length; start += width)
        {
            ReadOnlySpan<sbyte> row = input.Slice(start, width);
            int maximum = Maximum(row);
            int sum = 0;
            for (int i = 0; i < width; i++)
            {
                scratch[i] = exponentials[maximum - row[i]];
                sum += Term(scratch[i]);
            }

            (int reciprocal, int shift) = Reciprocal(sum);
            Finish(scratch[..width], reciprocal, shift, output.Slice(start, width));
        }
    }

    /// <summary>e^(−difference · scale) in Q0.31 for differences 0 to 255; 0 where the difference leaves Q5.26.</summary>
    public static int[] Exponentials(Rescale scale)
    {
        var exponentials = new int[Differences];
        for (int difference = 0; difference < Differences; difference++)
        {
            exponentials[difference] = Exponential(difference, scale);
        }

        return exponentials;
    }

    private static void Finish(ReadOnlySpan<int> exponentials, int reciprocal, int shift, Span<sbyte> output)
    {
        ref int source = ref MemoryMarshal.GetReference(exponentials);
        ref sbyte destination = ref MemoryMarshal.GetReference(output);
        int i = 0;
        for (; shift <= 31 && i + 4 <= output.Length; i += 4)
        {
            Int8Lanes.Store4(Share(reciprocal, Vector128.LoadUnsafe(ref source, (nuint)i), shift), sbyte.MinValue, sbyte.MaxValue, ref destination, i);
        }

        for (; i < output.Length; i++)
        {
            output[i] = Share(reciprocal, exponentials[i], shift);
        }
    }

    /// <summary>What an exponential adds to the sum in Q12.19.</summary>
    public static int Term(int exponential) => FixedPoint.RoundingDivideByPowerOfTwo(exponential, SumIntegerBits);

    /// <summary>One exponential's part of the sum, in 1/256 steps. A shift above 31, of very wide rows, leaves nothing.</summary>
    public static sbyte Share(int reciprocal, int exponential, int shift)
    {
        int share = FixedPoint.SaturatingRoundingDoublingHighMul(reciprocal, exponential);
        return FixedPoint.SaturateToInt8((shift > 31 ? 0 : FixedPoint.RoundingDivideByPowerOfTwo(share, shift)) + sbyte.MinValue);
    }

    private static int Maximum(ReadOnlySpan<sbyte> row)
    {
        int maximum = sbyte.MinValue;
        foreach (sbyte value in row)
        {
            maximum = Math.Max(maximum, value);
        }

        return maximum;
    }

    /// <summary>e^(−difference · scale) in Q0.31; 0 where the difference leaves Q5.26.</summary>
    /// <param name="difference">0 to 65,535.</param>
    /// <param name="scale">Input scale · 2^26, at least 1.</param>
    public static int Exponential(int difference, Rescale scale)
    {
        // Beyond this difference the rescaled value would leave Q5.26; e^-31 is nothing in Q0.31 anyway.
        long limit = (31L << DifferenceFractionBits) >> Math.Max(scale.Shift, 0);
        return difference > limit ? 0 : ExponentialOfNegative(scale.Apply(-difference));
    }

    /// <summary>e^a for a ≤ 0 in Q5.26; result in Q0.31.</summary>
    private static int ExponentialOfNegative(int a)
    {
        const int quarter = 1 << (DifferenceFractionBits - 2);
        if (a == 0)
        {
            return int.MaxValue;
        }

        int fraction = (a & (quarter - 1)) - quarter; // in [-1/4, 0)
        int result = ExponentialNearZero(fraction << 5);
        int remainder = fraction - a; // a multiple of 1/4
        for (int i = 0; i < Powers.Length; i++)
        {
            if ((remainder & (1 << (DifferenceFractionBits - 2 + i))) != 0)
            {
                result = FixedPoint.SaturatingRoundingDoublingHighMul(result, Powers[i]);
            }
        }

        return result;
    }

    /// <summary>e^a for a in [-1/4, 0), Q0.31: the Taylor series about -1/8 up to the fourth power.</summary>
    private static int ExponentialNearZero(int a)
    {
        int x = a + (1 << 28);
        int x2 = FixedPoint.SaturatingRoundingDoublingHighMul(x, x);
        int x3 = FixedPoint.SaturatingRoundingDoublingHighMul(x2, x);
        int x4 = FixedPoint.SaturatingRoundingDoublingHighMul(x2, x2);
        int tail = FixedPoint.SaturatingRoundingDoublingHighMul(FixedPoint.RoundingDivideByPowerOfTwo(x4, 2) + x3, Third) + x2;
        return ExponentialOfMinusEighth
            + FixedPoint.SaturatingRoundingDoublingHighMul(ExponentialOfMinusEighth, x + FixedPoint.RoundingDivideByPowerOfTwo(tail, 1));
    }

    /// <summary>1 / sum for a sum in Q12.19: a mantissa in Q0.31 and the right shift that brings share · mantissa to 1/256 steps.</summary>
    public static (int Mantissa, int Shift) Reciprocal(int sum)
    {
        int headroom = BitOperations.LeadingZeroCount((uint)sum);
        int fraction = (int)(((uint)sum << headroom) - (1u << 31)); // sum = (1 + fraction) · 2^(11 − headroom + 1), fraction in Q0.31
        return (OneOverOnePlus(fraction), SumIntegerBits - headroom + 31 - 8);
    }

    /// <summary>1 / (1 + a) for a in [0, 1), Q0.31, by three steps of Newton's method from 48/17 − 32/17 · (1 + a)/2 in Q2.29.</summary>
    private static int OneOverOnePlus(int a)
    {
        int halfDenominator = (int)(((long)a + int.MaxValue + 1) / 2);
        int x = 1515870810 + FixedPoint.SaturatingRoundingDoublingHighMul(halfDenominator, -1010580540);
        for (int i = 0; i < 3; i++)
        {
            int error = (1 << 29) - FixedPoint.SaturatingRoundingDoublingHighMul(halfDenominator, x);
            x += SaturatingShiftLeft(FixedPoint.SaturatingRoundingDoublingHighMul(x, error), 2);
        }

        return SaturatingShiftLeft(x, 1);
    }

    private static int SaturatingShiftLeft(int value, int bits) => (int)Math.Clamp((long)value << bits, int.MinValue, int.MaxValue);
}
