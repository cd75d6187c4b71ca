using System.Runtime.InteropServices;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>Weights packed once, at load, for the kernels chosen; then any number of rows times these weights.</summary>
internal sealed class Matrix
{
    private readonly KernelSet kernels;
    private readonly sbyte[] packed;
    private readonly int[] foldedBias;
    private readonly int depth;
    private readonly Requantization requantization;

    private Matrix(KernelSet kernels, sbyte[] packed, int[] foldedBias, int depth, Requantization requantization)
    {
        (this.kernels, this.packed, this.foldedBias, this.depth, this.requantization) = (kernels, packed, foldedBias, depth, requantization);
        ScratchBytes = kernels >= KernelSet.Avx2 ? MatrixS8.ScratchBytes(depth) : 0;
    }

    public int ScratchBytes { get; }

    /// <summary>Packs the weights; null where only the reference serves.</summary>
    public static Matrix? Create(KernelSet kernels, sbyte[] weights, int[] bias, int depth, int zeroPoint, Requantization requantization)
    {
        // The Vector128 kernel adds two products in int16, which -128 · -128 twice would overflow.
        if (kernels == KernelSet.Reference || (kernels == KernelSet.Vector128 && weights.AsSpan().Contains(sbyte.MinValue)))
        {
            return null;
        }

        sbyte[] packed = kernels == KernelSet.Vector128 ? MatrixS8.PackByTap(weights, bias.Length, depth) : MatrixS8.PackByPair(weights, bias.Length, depth);
        return new Matrix(kernels, packed, MatrixS8.FoldZeroPoint(bias, weights, depth, zeroPoint), depth, requantization);
    }

    /// <summary>output[r, o] for <paramref name="rowCount"/> rows of <paramref name="rows"/>.</summary>
    public void Run(ReadOnlySpan<sbyte> rows, int rowCount, Span<sbyte> output, Span<byte> scratch)
    {
        switch (kernels)
        {
            case KernelSet.Avx512:
                MatrixS8.RunAvx512(rows, rowCount, depth, packed, foldedBias, requantization, output, scratch);
                break;
            case KernelSet.Avx2:
                MatrixS8.RunAvx2(rows, rowCount, depth, packed, foldedBias, requantization, output, scratch);
                break;
            default:
                MatrixS8.RunVector128(rows, rowCount, depth, packed, foldedBias, requantization, output);
                break;
        }
    }
}
