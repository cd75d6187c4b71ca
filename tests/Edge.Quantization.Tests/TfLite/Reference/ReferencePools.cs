using System.Numerics;

namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>AVERAGE_POOL_2D, MAX_POOL_2D (reference/integer_ops/pooling.h) and MEAN (reference/reduce.h, QuantizedMeanOrSum).</summary>
internal static class ReferencePools
{
    public static void Average(OperatorCall call) => Pool(call, taps =>
    {
        (int sum, int half) = (taps.Sum(), taps.Count / 2);
        return (sum > 0 ? sum + half : sum - half) / taps.Count;
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

        var factor = Multiplier.Of((double)x.Scale / y.Scale);
        int shift = Math.Min(Math.Min(BitOperations.Log2((uint)count), 32), 31 + factor.Exponent);
        var multiplier = new Multiplier((int)(((long)factor.Significand << shift) / count), factor.Exponent - shift);
        for (int i = 0; i < sums.Length; i++)
        {
            y.Integers[i] = y.Clamp(multiplier.Apply(sums[i] - (x.ZeroPoint * count)) + y.ZeroPoint);
        }
    }

    private static void Pool(OperatorCall call, Func<List<int>, int> function)
    {
        (ReferenceTensor x, ReferenceTensor y) = (call.Input, call.Output);
        byte padding = call.Options.Byte(0);
        ReferenceWindow rows = ReferenceWindow.Of(padding, x.Shape[1], y.Shape[1], call.Options.Int32(4), call.Options.Int32(2), 1);
        ReferenceWindow columns = ReferenceWindow.Of(padding, x.Shape[2], y.Shape[2], call.Options.Int32(3), call.Options.Int32(1), 1);
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
