using Edge.Numerics;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Compilation;

/// <summary>The 256 int8 results of TensorFlow Lite's functions of one value.</summary>
/// <remarks>
/// LOGISTIC, TANH and the like are tables in TensorFlow Lite too, of the function in float32; RELU, LEAKY_RELU and HARD_SWISH have integer
/// definitions (reference/hard_swish.h, reference/leaky_relu.h), which are run here over all 256 inputs.
/// </remarks>
internal static class TensorFlowLiteTables
{
    /// <summary>The results for -128 to 127.</summary>
    /// <param name="expression">The function; one with an integer definition is one node.</param>
    /// <param name="input">Scale and zero point of what it reads.</param>
    /// <param name="output">Scale and zero point of what it makes.</param>
    /// <param name="rounding">How often a rescaling rounds.</param>
    /// <exception cref="ArgumentOutOfRangeException">A factor between the scales is too large for a device.</exception>
    public static sbyte[] Of(UnaryExpression expression, QuantizationParameters input, QuantizationParameters output, Rounding rounding)
    {
        string kind = expression.Interior.Count == 0 ? expression.Last.OpType : "";
        Func<int, int> function = kind switch
        {
            "HardSwish" => HardSwish(input.Scale, output.Scale),
            "LeakyRelu" => LeakyRelu(input.Scale, expression.Last.Float("alpha", 0.01f), output.Scale, rounding),
            "Relu" or "Clip" => Scaled(input.Scale / output.Scale, rounding),
            _ => Sampled(expression.Function, input.Scale, output.Scale),
        };
        (double low, double high) = kind is "Relu" or "Clip"
            ? (TensorFlowLiteArithmetic.Bound(expression.Function(double.NegativeInfinity), output), TensorFlowLiteArithmetic.Bound(expression.Function(double.PositiveInfinity), output))
            : (sbyte.MinValue, sbyte.MaxValue);
        (int min, int max) = ((int)Math.Max(low, sbyte.MinValue), (int)Math.Min(high, sbyte.MaxValue));
        return [.. Enumerable.Range(-128, 256).Select(q => (sbyte)Math.Clamp(function(q - input.ZeroPoint) + output.ZeroPoint, min, max))];
    }

    /// <summary>f(s_x · x) / s_y in float32, to nearest, ties away from zero.</summary>
    private static Func<int, int> Sampled(Func<double, double> function, float inputScale, float outputScale)
    {
        float inverse = 1 / outputScale;
        return x => (int)Math.Clamp(MathF.Round((float)function(inputScale * x) * inverse, MidpointRounding.AwayFromZero), -512, 512);
    }

    private static Func<int, int> Scaled(float factor, Rounding rounding)
    {
        (int multiplier, int shift) = FixedPointDesign.QuantizeMultiplier(factor);
        return rounding == Rounding.Once
            ? x => FixedPoint.MultiplyRoundingOnce(x, multiplier, shift)
            : x => FixedPoint.MultiplyByQuantizedMultiplier(x, multiplier, shift);
    }

    private static Func<int, int> LeakyRelu(float inputScale, float alpha, float outputScale, Rounding rounding)
    {
        Func<int, int> identity = Scaled(inputScale / outputScale, rounding), slope = Scaled(MathF.Abs(inputScale * alpha / outputScale), rounding);
        return x => x >= 0 ? identity(x) : MathF.Sign(alpha) * slope(x);
    }

    /// <summary>x · clip(x + 3, 0, 6) / 6 in Q15 numbers of 16 bits.</summary>
    private static Func<int, int> HardSwish(float inputScale, float outputScale)
    {
        const float reluishScale = 3.0f / 32768; // 3 is 1 in Q15
        float fineScale = inputScale * (1.0f / 128);
        (short output, int outputShift) = Q15(BelowOne(fineScale / outputScale));
        (short reluish, int reluishShift) = Q15(fineScale / reluishScale);
        return x =>
        {
            var fine = (short)(x * 128);
            short scaled = RoundingHighMultiply(fine, output);
            short gate = Gate(fine, reluish, reluishShift);
            int product = gate * scaled;
            int high = gate == short.MinValue && scaled == short.MinValue ? short.MaxValue : product / (1 << 15); // towards zero
            return FixedPoint.RoundingDivideByPowerOfTwo(high, -outputShift);
        };
    }

    /// <summary>clip(x + 3, 0, 6) / 6 in Q15.</summary>
    private static short Gate(short x, short multiplier, int shift)
    {
        if (shift > 0)
        {
            x = Saturate((long)x << (shift - 1));
        }

        x = RoundingHighMultiply(x, multiplier);
        if (shift > 0)
        {
            x = Saturate((long)x << 1);
        }
        else
        {
            x = (short)FixedPoint.RoundingDivideByPowerOfTwo(x, -shift);
        }

        return (short)((x + (1 << 15)) >> 1);
    }

    private static float BelowOne(float factor) =>
        factor < 1 ? factor : throw new ArgumentOutOfRangeException(nameof(factor), factor, "The output of a hard-swish must not be finer than 1/128 of its input.");

    /// <summary>A factor as Q15 multiplier and shift.</summary>
    private static (short Multiplier, int Shift) Q15(float factor)
    {
        const int half = 1 << 15;
        (int multiplier, int shift) = FixedPointDesign.QuantizeMultiplier(factor);
        return (multiplier >= int.MaxValue - half ? short.MaxValue : (short)((multiplier + half) >> 16), shift);
    }

    /// <summary>2·a·b / 2^16, to nearest, ties up.</summary>
    private static short RoundingHighMultiply(short a, short b) => Saturate((a * (long)b + (1 << 14)) >> 15);

    private static short Saturate(long value) => (short)Math.Clamp(value, short.MinValue, short.MaxValue);
}
