using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Compression;

/// <summary>Cuts entries out of constants.</summary>
internal static class ConstantSlice
{
    /// <summary>Keeps some entries of an axis of a constant, under the constant's own name.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="axis">The constant and the axis.</param>
    /// <param name="kept">Indices of the entries, in the order in which they shall stand.</param>
    public static void Keep(ModelGraph graph, AxisOf axis, ReadOnlySpan<int> kept)
    {
        Tensor tensor = graph.Initializers[axis.Value];
        long[] dims = tensor.Dims.ToArray();
        int entries = (int)dims[axis.Axis];
        int inner = tensor.ElementType.SizeBytes();
        foreach (long dim in dims.AsSpan(axis.Axis + 1))
        {
            inner *= (int)dim;
        }

        int outer = entries * inner == 0 ? 0 : tensor.Data.Length / (entries * inner);
        var data = new byte[outer * kept.Length * inner];
        Span<byte> target = data;
        for (int o = 0; o < outer; o++)
        {
            foreach (int entry in kept)
            {
                tensor.Data.Span.Slice((o * entries + entry) * inner, inner).CopyTo(target);
                target = target[inner..];
            }
        }

        dims[axis.Axis] = kept.Length;
        graph.Initializers[axis.Value] = new Tensor(tensor.ElementType, dims, data);
    }
}
