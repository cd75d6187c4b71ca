using System.Numerics;

namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>AVERAGE_POOL_2D, MAX_POOL_2D (reference/integer_ops/pooling.h) and MEAN (reference/reduce.h, QuantizedMeanOrSum).</summary>
/// <remarks>
/// The kernels' integer averages belong to rounding twice. Rounding once stands for an engine that requantizes in float, so there an average
/// is the real one rounded once: ties to even of a pool, whose halves are frequent; of a mean, ties up, the divisor within the factor.
/// </remarks>
internal static class ReferencePools
{
    public static void Average(OperatorCall call) => Pool(call, taps =>
    {
        (int sum, int half) = (taps.Sum(), taps.Count / 2);
        return call.Rounding == ReferenceRounding.Twice
            ? (sum > 0 ? sum + half : sum - half) / taps.Count
            : TiesToEven(sum - (taps.Count * call.Input.ZeroPoint), taps.Count) + call.Input.ZeroPoint;
    });

    public static void Max(OperatorCall call) => Pool(call, taps => taps.Max());

    /// <summary>
    /// The divisor goes into the multiplier, truncated. The interpreter has a second kernel for four axes, keep_dims and axes 1 and 2,
    /// with a factor in float (optimized/integer_ops/mean.h); the reference kernel and TensorFlow Lite Micro compute this for all.
    /// </summary>
    public static void Mean(OperatorCall call)
    {
        (ReferenceTensor x, ReferenceTensor y) = (call.Input, call.Output);
        int rank = x.Shape.Length;
        HashSet<int> axes = [.. call.Required(1).Integers.Select(axis => axis < 0 ? axis + rank : axis)];
        int count = axes.Aggregate(1, (product, axis) => product * x.Shape[axis]);
        var sums = new int[y.Count];
        int[] kept = [.. Enumerable.Range(0, rank).Where(axis => !axes.Contains(axis))];
        for (int i = 0; i < x.Count; i++)
        {
            int[] index = x.Indices(i);
            sums[kept.Aggregate(0, (offset, axis) => (offset * x.Shape[axis]) + index[axis])] += x.Integers[i];
        }

        var factor = call.Factor((double)x.Scale / y.Scale);
        Multiplier multiplier = call.Rounding == ReferenceRounding.Twice ? Truncated(factor, count) : Nearest(factor, count);
        for (int i = 0; i < sums.Length; i++)
        {
            y.Integers[i] = y.Clamp(multiplier.Apply(sums[i] - (x.ZeroPoint * count)) + y.ZeroPoint);
        }
    }

    private static Multiplier Truncated(Multiplier factor, int count)
    {
        int shift = Math.Min(Math.Min(BitOperations.Log2((uint)count), 32), 31 + factor.Exponent);
        return factor with { Significand = (int)(((long)factor.Significand << shift) / count), Exponent = factor.Exponent - shift };
    }

    /// <summary>The factor over the count with 31 bits, to nearest, ties up.</summary>
    private static Multiplier Nearest(Multiplier factor, int count)
    {
        for (int shift = 0; shift <= 31; shift++)
        {
            var significand = (BigInteger.Multiply(factor.Significand, BigInteger.One << (shift + 1)) + count) / (2 * count);
            if (significand >= 1 << 30)
            {
                return factor.Exponent - shift < -31
                    ? factor with { Significand = 0, Exponent = 0 }
                    : factor with { Significand = (int)significand, Exponent = factor.Exponent - shift };
            }
        }

        return factor with { Significand = 0, Exponent = 0 };
    }

    private static int TiesToEven(int sum, int count)
    {
        int floor = (int)Math.Floor((double)sum / count);
        int twice = 2 * (sum - (floor * count));
        return twice > count || (twice == count && floor % 2 != 0) ? floor + 1 : floor;
    }

    private static void Pool(OperatorCall call, Func<List<int>, int> function)
    {
        (ReferenceTensor x, ReferenceTensor y) = (call.Input, call.Output);
        byte padding = call.Options.Byte(0);
        var rows = new ReferenceWindow(padding, x.Shape[1], y.Shape[1], call.Options.Int32(4), call.Options.Int32(2), 1);
        var columns = new ReferenceWindow(padding, x.Shape[2], y.Shape[2], call.Options.Int32(3), call.Options.Int32(1), 1);
        ActivationRange range = ActivationRange.Of(call.Options.Byte(5), y);
        for (int i = 0; i < y.Count; i++)
        {
            int[] index = y.Indices(i);
            List<int> taps = [];
            foreach ((_, int iy) in rows.Inside(index[1]))
            {
                taps.AddRange(columns.Inside(index[2]).Select(column => x.Integers[x.Offset(index[0], iy, column.Position, index[3])]));
            }

            y.Integers[i] = range.Clamp(function(taps));
        }
    }
}
