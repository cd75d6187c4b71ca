using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>QUANTIZE and DEQUANTIZE (kernels/quantize.cc, reference/quantize.h, requantize.h, dequantize.h).</summary>
internal static class ReferenceQuantization
{
    public static void Quantize(OperatorCall call)
    {
        (ReferenceTensor x, ReferenceTensor y) = (call.Input, call.Output);
        if (x.Type == TfLiteType.Float32)
        {
            y.Integers = [.. x.Reals.Select(value =>
                (int)Math.Clamp(MathF.Round(value / y.Scale, MidpointRounding.AwayFromZero) + (double)y.ZeroPoint, y.Lowest, y.Highest))];
            return;
        }

        var multiplier = call.Factor((double)x.Scale / y.Scale);
        y.Integers = [.. x.Integers.Select(q => y.Clamp(multiplier.Apply(q - x.ZeroPoint) + y.ZeroPoint))];
    }

    public static void Dequantize(OperatorCall call)
    {
        ReferenceTensor x = call.Input;
        for (int i = 0; i < x.Count; i++)
        {
            call.Output.Reals[i] = (float)((double)x.Scale * (x.Integers[i] - x.ZeroPoint));
        }
    }
}
