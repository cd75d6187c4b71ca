using Edge.Quantization.Graph;

namespace Edge.Quantization.Checkpoints.PyTorch;

/// <summary>A tensor's view of a storage: element (i, j, …) is the storage's offset + i·stride₀ + j·stride₁ + ….</summary>
internal sealed record TorchTensor(TorchStorage Storage, ElementType Type, long Offset, long[] Dims, long[] Strides)
{
    private const int MaxRank = 8;

    /// <summary>What is wrong with the view; null where every element lies in the storage, and none is there more often than it is stored.</summary>
    public string? Fault()
    {
        if (Dims.Length > MaxRank || Dims.Length != Strides.Length || Offset < 0 || Array.Exists(Dims, dim => dim < 0) || Array.Exists(Strides, stride => stride < 0))
        {
            return $"it has shape [{string.Join(", ", Dims)}], strides [{string.Join(", ", Strides)}] and offset {Offset}; expected at most {MaxRank} dimensions, none of them negative.";
        }

        Int128 available = Storage.Bytes / Type.SizeBytes();
        Int128 count = Dims.Aggregate((Int128)1, (product, dim) => Int128.Min(product * dim, long.MaxValue));
        Int128 last = Offset;
        for (int i = 0; i < Dims.Length; i++)
        {
            last += (Int128)(Dims[i] - 1) * Strides[i];
        }

        return count > 0 && (last >= available || count > available)
            ? $"shape [{string.Join(", ", Dims)}] with strides [{string.Join(", ", Strides)}] and offset {Offset} does not lie in storage '{Storage.Key}' of {available} elements."
            : null;
    }

    /// <summary>The elements, row-major.</summary>
    /// <param name="read">Reads bytes of the storage, from an offset.</param>
    public byte[] Gather(Func<long, long, byte[]> read)
    {
        int size = Type.SizeBytes();
        long count = Dims.Aggregate(1L, (product, dim) => product * dim);
        if (count == 0 || IsContiguous())
        {
            return count == 0 ? [] : read(Offset * size, count * size);
        }

        long span = 1 + Enumerable.Range(0, Dims.Length).Sum(i => (Dims[i] - 1) * Strides[i]);
        byte[] source = read(Offset * size, span * size);
        var gathered = new byte[count * size];
        var index = new long[Dims.Length];
        for (long at = 0; at < gathered.Length; at += size)
        {
            long element = 0;
            for (int i = 0; i < index.Length; i++)
            {
                element += index[i] * Strides[i];
            }

            source.AsSpan((int)(element * size), size).CopyTo(gathered.AsSpan((int)at));
            for (int i = index.Length - 1; i >= 0 && ++index[i] == Dims[i]; i--)
            {
                index[i] = 0;
            }
        }

        return gathered;
    }

    private bool IsContiguous()
    {
        long expected = 1;
        for (int i = Dims.Length - 1; i >= 0; i--)
        {
            if (Dims[i] != 1 && Strides[i] != expected)
            {
                return false;
            }

            expected *= Dims[i];
        }

        return true;
    }
}
