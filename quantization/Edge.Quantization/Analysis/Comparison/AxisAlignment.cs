namespace Edge.Quantization.Analysis.Comparison;

/// <summary>Brings tensors of one memory order into another's: plans keep channels innermost, graphs have axes in any order.</summary>
/// <remarks>
/// Sizes tell which axis is which; where two axes have the same size, the order in which the elements differ least is taken, once for each
/// tensor.
/// </remarks>
internal sealed class AxisAlignment
{
    private readonly Dictionary<(string Name, int Rank), int[]> orders = [];
    private float[] buffer = [];

    /// <summary>The elements of <paramref name="other"/> in the order of <paramref name="reference"/>; valid until the next call.</summary>
    /// <returns>False where no order of axes makes the shapes equal.</returns>
    public bool TryAlign(string name, ReadOnlySpan<float> reference, ReadOnlySpan<int> shape, ReadOnlySpan<float> other, ReadOnlySpan<int> otherShape, out ReadOnlySpan<float> aligned)
    {
        int[] to = WithoutOnes(shape);
        int[] from = WithoutOnes(otherShape);
        aligned = other;
        if (to.Length != from.Length || reference.Length != other.Length)
        {
            return false;
        }

        if (shape.SequenceEqual(otherShape) && to.Distinct().Count() == to.Length)
        {
            return true;
        }

        if (!orders.TryGetValue((name, to.Length), out int[]? order) || !Fits(order, to, from))
        {
            order = Choose(reference, to, other, from);
            if (order is null)
            {
                return false;
            }

            orders[(name, to.Length)] = order;
        }

        aligned = IsIdentity(order) ? other : Permute(other, from, order);
        return true;
    }

    private int[]? Choose(ReadOnlySpan<float> reference, int[] to, ReadOnlySpan<float> other, int[] from)
    {
        int[][] candidates = [.. Permutations(to.Length).Where(order => Fits(order, to, from))];
        if (candidates.Length < 2)
        {
            return candidates.FirstOrDefault();
        }

        int best = 0;
        double least = double.PositiveInfinity;
        for (int i = 0; i < candidates.Length; i++)
        {
            ReadOnlySpan<float> permuted = IsIdentity(candidates[i]) ? other : Permute(other, from, candidates[i]);
            double noise = 0;
            for (int k = 0; k < permuted.Length; k++)
            {
                double error = (double)permuted[k] - reference[k];
                noise += error * error;
            }

            (best, least) = noise < least ? (i, noise) : (best, least);
        }

        return candidates[best];
    }

    /// <summary>Moves axis order[i] of <paramref name="values"/> to place i.</summary>
    private ReadOnlySpan<float> Permute(ReadOnlySpan<float> values, int[] from, int[] order)
    {
        buffer = buffer.Length < values.Length ? new float[values.Length] : buffer;
        var strides = new int[from.Length];
        for (int axis = from.Length - 1, stride = 1; axis >= 0; stride *= from[axis--])
        {
            strides[axis] = stride;
        }

        var index = new int[order.Length];
        for (int i = 0, source = 0; i < values.Length; i++)
        {
            buffer[i] = values[source];
            for (int axis = order.Length - 1; axis >= 0; axis--)
            {
                source += strides[order[axis]];
                if (++index[axis] < from[order[axis]])
                {
                    break;
                }

                source -= index[axis] * strides[order[axis]];
                index[axis] = 0;
            }
        }

        return buffer.AsSpan(0, values.Length);
    }

    private static int[] WithoutOnes(ReadOnlySpan<int> shape) => [.. shape.ToArray().Where(dimension => dimension != 1)];

    private static bool Fits(int[] order, int[] to, int[] from) => order.Select(axis => from[axis]).SequenceEqual(to);

    private static bool IsIdentity(int[] order) => order.Select((axis, i) => axis == i).All(same => same);

    /// <summary>The orders of so many axes; the identity first. More than five axes are not reordered.</summary>
    private static IEnumerable<int[]> Permutations(int count)
    {
        if (count is 0 or > 5)
        {
            return [[.. Enumerable.Range(0, count)]];
        }

        return Permutations(count - 1).SelectMany(rest => Enumerable.Range(0, count).Reverse().Select(place => Insert(rest, place, count - 1)));
    }

    private static int[] Insert(int[] rest, int place, int axis) => [.. rest[..place], axis, .. rest[place..]];
}
