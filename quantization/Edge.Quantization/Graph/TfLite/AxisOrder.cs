namespace Edge.Quantization.Graph.TfLite;

/// <summary>In which order a graph's value has the axes of a file's tensor: element i is the file's axis that stands at place i.</summary>
/// <remarks>TensorFlow Lite has channels last, ONNX's convolutions and pools have them first.</remarks>
internal static class AxisOrder
{
    /// <summary>The file's own order.</summary>
    public static int[] Plain(int rank) => [.. Enumerable.Range(0, rank)];

    /// <summary>Batch, channels, the other axes: what convolutions and pools read; plain below three axes.</summary>
    public static int[] ChannelsFirst(int rank) => rank < 3 ? Plain(rank) : [0, rank - 1, .. Enumerable.Range(1, rank - 2)];

    /// <summary>True where both orders have the elements at the same places in memory: axes of size 1 may stand anywhere.</summary>
    public static bool SameMemory(int[] shape, int[] a, int[] b) =>
        a.Where(axis => shape[axis] != 1).SequenceEqual(b.Where(axis => shape[axis] != 1));

    /// <summary>The order without some of the file's axes, the others renumbered.</summary>
    public static int[] Without(int[] order, ReadOnlySpan<int> axes)
    {
        int[] removed = axes.ToArray();
        return [.. order.Where(axis => !removed.Contains(axis)).Select(axis => axis - removed.Count(other => other < axis))];
    }

    /// <summary>A constant of the file's order in another one.</summary>
    public static Tensor Permute(Tensor tensor, int[] order)
    {
        int size = tensor.ElementType.SizeBytes();
        long[] dims = [.. order.Select(axis => tensor.Dims[axis])];
        if (order.SequenceEqual(Plain(order.Length)) || tensor.Count == 0)
        {
            return tensor;
        }

        var strides = new int[order.Length];
        for (int axis = order.Length - 1, stride = 1; axis >= 0; stride *= (int)tensor.Dims[axis--])
        {
            strides[axis] = stride;
        }

        ReadOnlySpan<byte> source = tensor.Data.Span;
        var data = new byte[source.Length];
        var index = new long[order.Length];
        for (int i = 0, from = 0; i < tensor.Count; i++)
        {
            source.Slice(from * size, size).CopyTo(data.AsSpan(i * size));
            for (int axis = order.Length - 1; axis >= 0; axis--)
            {
                from += strides[order[axis]];
                if (++index[axis] < dims[axis])
                {
                    break;
                }

                from -= (int)index[axis] * strides[order[axis]];
                index[axis] = 0;
            }
        }

        return new Tensor(tensor.ElementType, dims, data);
    }
}
