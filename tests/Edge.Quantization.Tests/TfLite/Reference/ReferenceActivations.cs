using System.Numerics;

namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>Functions of one value, and SOFTMAX (kernels/activations.cc).</summary>
internal static class ReferenceActivations
{
    /// <summary>RELU and its kin as operators of their own: a rescaling, then a range (reference/reference_ops.h, ReluX).</summary>
    public static void Relu(OperatorCall call, float lowest, float? highest)
    {
        (ReferenceTensor x, ReferenceTensor y) = (call.Input, call.Output);
        float factor = x.Scale / y.Scale;
        var multiplier = call.Factor(factor);
        ActivationRange range = ActivationRange.Between(lowest, highest, y);
        Each(call, q => range.Clamp(multiplier.Apply(q - x.ZeroPoint) + y.ZeroPoint));
    }

    /// <summary>The interpreter's table of floats (kernels/internal/common.h, LUTPopulate); TensorFlow Lite Micro has a fixed-point function.</summary>
    public static void Logistic(OperatorCall call) => Table(call, value => 1f / (1f + MathF.Exp(-value)));

    /// <summary>As LOGISTIC.</summary>
    public static void Tanh(OperatorCall call) => Table(call, MathF.Tanh);

    /// <summary>reference/leaky_relu.h, QuantizeLeakyRelu.</summary>
    public static void LeakyRelu(OperatorCall call)
    {
        (ReferenceTensor x, ReferenceTensor y) = (call.Input, call.Output);
        float slope = x.Scale * call.Options.Float(0);
        slope /= y.Scale;
        float factor = x.Scale / y.Scale;
        var identity = call.Factor(factor);
        var alpha = call.Factor(Math.Abs(slope));
        Each(call, q =>
        {
            int value = q - x.ZeroPoint;
            int scaled = value >= 0 ? identity.Apply(value) : Math.Sign(slope) * alpha.Apply(value);
            return y.Clamp(scaled + y.ZeroPoint);
        });
    }

    /// <summary>reference/hard_swish.h: 16-bit fixed point throughout.</summary>
    public static void HardSwish(OperatorCall call)
    {
        (ReferenceTensor x, ReferenceTensor y) = (call.Input, call.Output);
        float fine = 1f / 128f * x.Scale;
        float toOutput = fine / y.Scale;
        float toReluish = fine / (3f / 32768f);
        (int outputMultiplier, int outputExponent) = Narrow(call.Factor(toOutput));
        (int reluishMultiplier, int reluishExponent) = Narrow(call.Factor(toReluish));
        if (outputExponent > 0)
        {
            throw new NotSupportedException("HARD_SWISH with an output scale below 1/128 of the input's is refused by TensorFlow Lite.");
        }

        Each(call, q =>
        {
            int value = (short)((q - x.ZeroPoint) * 128);
            int preshift = HighProduct16(value, outputMultiplier);
            int reluish = reluishExponent > 0 ? Saturate16((long)value << (reluishExponent - 1)) : value;
            reluish = HighProduct16(reluish, reluishMultiplier);
            reluish = reluishExponent > 0 ? Saturate16((long)reluish << 1) : Multiplier.RoundingShift(reluish, -reluishExponent);
            reluish = (reluish + (1 << 15)) >> 1;
            int product = reluish * preshift / (1 << 15);
            return y.Clamp(Multiplier.RoundingShift(product, -outputExponent) + y.ZeroPoint);
        });
    }

    /// <summary>
    /// reference/softmax.h, over the last axis in fixed point. The interpreter's default kernel has a table of floats instead; the reference
    /// kernel and TensorFlow Lite Micro compute this.
    /// </summary>
    public static void Softmax(OperatorCall call)
    {
        (ReferenceTensor x, ReferenceTensor y) = (call.Input, call.Output);
        var multiplier = call.Factor(Math.Min((double)call.Options.Float(0) * x.Scale * (1 << 26), (call.Rounding == ReferenceRounding.Once ? 1L << 30 : 1L << 31) - 1.0));
        int lowest = -(int)Math.Floor(31.0 * (1 << 26) / (1L << multiplier.Exponent));
        int depth = x.Shape[^1];
        for (int row = 0; row < x.Count; row += depth)
        {
            int max = x.Integers.AsSpan(row, depth).ToArray().Max();
            FixedPoint?[] exps = [.. x.Integers.Skip(row).Take(depth).Select(q => q - max).Select(difference =>
                difference < lowest ? (FixedPoint?)null : FixedPointFunctions.Exp(new FixedPoint(multiplier.Apply(difference), 5, 32)))];
            var sum = new FixedPoint(0, 12, 32);
            foreach (FixedPoint? exp in exps)
            {
                sum += exp?.Rescale(12) ?? sum with { Raw = 0 };
            }

            int zeros = BitOperations.LeadingZeroCount((uint)sum.Raw);
            var fraction = new FixedPoint(unchecked((int)(((uint)sum.Raw << zeros) - (1u << 31))), 0, 32);
            FixedPoint scale = FixedPointFunctions.OneOverOnePlus(fraction);
            int exponent = 12 - zeros + 31 - 8;
            for (int c = 0; c < depth; c++)
            {
                // Where the exponent passes 31 the kernel stops the program; a share is below half a step then.
                y.Integers[row + c] = exps[c] is FixedPoint exp && exponent <= 31
                    ? y.Clamp(Multiplier.RoundingShift((scale * exp).Raw, exponent) + y.Lowest)
                    : y.Lowest;
            }
        }
    }

    private static void Table(OperatorCall call, Func<float, float> function)
    {
        (ReferenceTensor x, ReferenceTensor y) = (call.Input, call.Output);
        float inverse = 1 / y.Scale;
        Each(call, q =>
        {
            float value = x.Scale * (q - x.ZeroPoint);
            float scaled = function(value) * inverse;
            return y.Clamp((int)(MathF.Round(scaled, MidpointRounding.AwayFromZero) + y.ZeroPoint));
        });
    }

    private static void Each(OperatorCall call, Func<int, int> function) =>
        call.Output.Integers = [.. call.Input.Integers.Select(function)];

    /// <summary>kernels/internal/common.h, DownScaleInt32ToInt16Multiplier.</summary>
    private static (int Multiplier, int Exponent) Narrow(Multiplier multiplier) =>
        ((int)Math.Min(((long)multiplier.Significand + (1 << 15)) >> 16, short.MaxValue), multiplier.Exponent);

    private static int HighProduct16(int a, int b) => (new FixedPoint(a, 0, 16) * new FixedPoint(b, 0, 16)).Raw;

    private static int Saturate16(long value) => (int)Math.Clamp(value, short.MinValue, short.MaxValue);
}
