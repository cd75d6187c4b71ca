using System.Runtime.Intrinsics.X86;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>Weights packed once, at load, for the kernels chosen; then any number of inputs through them.</summary>
internal sealed class Matrix
{
    private const int MostSpikeWindows = 4;

    private readonly Kernel kernel;
    private readonly PackedMatrix packed;

    private readonly SpikeRows? spikes;

    private Matrix(Kernel kernel, PackedMatrix packed, SpikeRows? spikes, int scratchBytes)
    {
        (this.kernel, this.packed, this.spikes) = (kernel, packed, spikes);
        ScratchBytes = Math.Max(scratchBytes, spikes?.ScratchBytes ?? 0);
    }

    private delegate void Kernel(PackedMatrix matrix, ReadOnlySpan<sbyte> input, Span<sbyte> output, Span<byte> scratch);

    public int ScratchBytes { get; }

    /// <summary>Packs the weights of a layer that reads int8; null where only the reference serves, or 64-bit sums for an output of int16.</summary>
    public static Matrix? Create(OperatorBinding binding, in Window2D window, sbyte[] weights, int[] bias, Requantization requantization)
    {
        (Kernel? kernel, TapGroup group) = Choose(binding.Kernels, window);
        bool makesInt16 = binding.Output.Type == ElementType.Int16;
        if (makesInt16 && (binding.Rounding != Rounding.Once || PackedMatrix.LargestSum(weights, bias, window.Taps) > int.MaxValue))
        {
            return null; // 16 bits are of sums that nothing is cut off
        }

        // The Vector128 kernel adds two products in int16, which -128 · -128 twice would overflow.
        if (kernel is null || (group == TapGroup.TapByTap && weights.AsSpan().Contains(sbyte.MinValue)))
        {
            return null;
        }

        // Padding and filling up stay within what a file of this size may take; only windows that no network has go beyond.
        long scratchBytes = PackedMatrix.ScratchBytes(window, group);
        if (scratchBytes > binding.MaxScratchBytes || PackedMatrix.WeightBytes(window, bias.Length, group) > MaxPackedBytes(weights.Length))
        {
            return null;
        }

        PackedMatrix packed = PackedMatrix.Create(weights, bias, window, binding.Inputs[0].ZeroPoint, requantization, group, makesInt16);
        // One window a step is a stream's; of many together the full product reads its weights once.
        SpikeRows? spikes = window.Positions <= MostSpikeWindows && !makesInt16
            ? SpikeRows.Create(binding, window, weights, bias, packed.Requantization, MaxPackedBytes(weights.Length))
            : null;
        return new Matrix(kernel, packed, spikes, (int)scratchBytes);
    }

    /// <summary>The convolution of <paramref name="input"/>; of an output of int16 its bytes.</summary>
    public void Run(ReadOnlySpan<sbyte> input, Span<sbyte> output, Span<byte> scratch)
    {
        if (spikes is null || !TrySpikes(input, output, scratch))
        {
            kernel(packed, input, output, scratch);
        }
    }

    private bool TrySpikes(ReadOnlySpan<sbyte> input, Span<sbyte> output, Span<byte> scratch)
    {
        for (int window = 0; window < packed.Window.Positions; window++)
        {
            if (!spikes!.TryRun(input, window, output.Slice(window * packed.Channels, packed.Channels), scratch))
            {
                return false;
            }
        }

        return true;
    }

    private static long MaxPackedBytes(int weights) => 1_024 + 16L * weights;

    private static (Kernel? Kernel, TapGroup Group) Choose(KernelSet kernels, in Window2D window) => kernels switch
    {
        KernelSet.Reference => (null, default),
        KernelSet.Vector128 => (MatrixS8.RunVector128, TapGroup.TapByTap),
        KernelSet.Avx2 when AvxVnni.IsSupported => (MatrixS8.RunAvxVnni, TapGroup.Quad),
        KernelSet.Avx2 => (MatrixS8.RunAvx2, TapGroup.Pair),
        _ when Avx512Vnni.IsSupported && window.Taps <= Avx512Vnni.MaxTaps => (MatrixS8.RunAvx512Vnni, TapGroup.Quad),
        _ when AvxVnni.IsSupported => (MatrixS8.RunAvxVnni512, TapGroup.Quad),
        _ => (MatrixS8.RunAvx512, TapGroup.Pair),
    };
}
