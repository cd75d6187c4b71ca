namespace Edge.Inference.Kernels;

/// <summary>Moves of blocks of up to four dimensions: what slice, pad, concatenate and transpose are made of. Runs of the last dimension are copied whole.</summary>
internal static class MoveS8
{
    /// <summary>Dimensions of every shape here; shorter shapes have ones in front.</summary>
    public const int Rank = 4;

    /// <summary>Copies a box from one tensor into another.</summary>
    /// <param name="source">Tensor of shape <paramref name="sourceShape"/>.</param>
    /// <param name="sourceShape">[4].</param>
    /// <param name="sourceBegin">First index of the box in the source, [4].</param>
    /// <param name="sourceStride">Steps between elements taken, [4]; 1 takes all.</param>
    /// <param name="destination">Tensor of shape <paramref name="destinationShape"/>.</param>
    /// <param name="destinationShape">[4].</param>
    /// <param name="destinationBegin">First index of the box in the destination, [4].</param>
    /// <param name="box">Extent of the box, [4].</param>
    public static void Box(
        ReadOnlySpan<sbyte> source, ReadOnlySpan<int> sourceShape, ReadOnlySpan<int> sourceBegin, ReadOnlySpan<int> sourceStride,
        Span<sbyte> destination, ReadOnlySpan<int> destinationShape, ReadOnlySpan<int> destinationBegin, ReadOnlySpan<int> box)
    {
        for (int i = 0; i < box[0]; i++)
        {
            for (int j = 0; j < box[1]; j++)
            {
                for (int k = 0; k < box[2]; k++)
                {
                    int from = Offset(sourceShape, sourceBegin[0] + i * sourceStride[0], sourceBegin[1] + j * sourceStride[1], sourceBegin[2] + k * sourceStride[2]) + sourceBegin[3];
                    int to = Offset(destinationShape, destinationBegin[0] + i, destinationBegin[1] + j, destinationBegin[2] + k) + destinationBegin[3];
                    Row(source[from..], sourceStride[3], destination.Slice(to, box[3]));
                }
            }
        }
    }

    /// <summary>Dimensions in another order: dimension d of the destination is dimension <paramref name="axes"/>[d] of the source.</summary>
    /// <param name="source">Tensor of shape <paramref name="sourceShape"/>.</param>
    /// <param name="sourceShape">[4].</param>
    /// <param name="axes">A permutation of 0 to 3.</param>
    /// <param name="destination">Tensor of the shape that this gives.</param>
    public static void Transpose<T>(ReadOnlySpan<T> source, ReadOnlySpan<int> sourceShape, ReadOnlySpan<int> axes, Span<T> destination)
    {
        Span<int> steps = stackalloc int[Rank];
        Span<int> shape = stackalloc int[Rank];
        for (int d = 0; d < Rank; d++)
        {
            shape[d] = sourceShape[axes[d]];
            steps[d] = 1;
            foreach (int inner in sourceShape[(axes[d] + 1)..])
            {
                steps[d] *= inner;
            }
        }

        int to = 0;
        for (int i = 0; i < shape[0]; i++)
        {
            for (int j = 0; j < shape[1]; j++)
            {
                for (int k = 0; k < shape[2]; k++)
                {
                    Row(source[(i * steps[0] + j * steps[1] + k * steps[2])..], steps[3], destination.Slice(to, shape[3]));
                    to += shape[3];
                }
            }
        }
    }

    private static void Row<T>(ReadOnlySpan<T> source, int stride, Span<T> destination)
    {
        if (stride == 1)
        {
            source[..destination.Length].CopyTo(destination);
            return;
        }

        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = source[i * stride];
        }
    }

    private static int Offset(ReadOnlySpan<int> shape, int i, int j, int k) => ((i * shape[1] + j) * shape[2] + k) * shape[3];
}
