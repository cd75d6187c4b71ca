using System.Runtime.InteropServices;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>
/// A layer whose input is spikes, rows of taps that lie end to end: few of them are ones, and only the weights of these are read. Rows with many ones, or
/// with anything but zeros and ones, are left to the full product.
/// </summary>
internal sealed class SpikeRows
{
    private readonly SpikeMatrixS8 matrix;
    private readonly LaneRequantization requantization;
    private readonly KernelSet kernels;
    private readonly int channels;
    private readonly int taps;
    private readonly int stride;
    private readonly int most;

    private SpikeRows(SpikeMatrixS8 matrix, LaneRequantization requantization, KernelSet kernels, in Window2D window, int channels)
    {
        (this.matrix, this.requantization, this.kernels, this.channels) = (matrix, requantization, kernels, channels);
        (taps, stride) = (window.Taps, window.StrideHeight * window.Channels);
        // Ones up to which their columns cost less than the full product (Edge.Benchmarks, spikes): vectors of 128 bits are never faster at one row.
        most = kernels == KernelSet.Vector128 ? taps : taps / 4;
        ScratchBytes = SpikeMatrixS8.ScratchElements(channels, taps) * sizeof(int);
    }

    public int ScratchBytes { get; }

    /// <summary>Makes the form; null where the input is no spikes (scale 1, zero point 0), or its windows do not lie end to end.</summary>
    /// <param name="binding">The layer.</param>
    /// <param name="window">Its geometry.</param>
    /// <param name="weights">[channels, taps].</param>
    /// <param name="bias">[channels].</param>
    /// <param name="requantization">What follows the sums.</param>
    /// <param name="maxBytes">Bytes that the weights may take.</param>
    public static SpikeRows? Create(
        OperatorBinding binding, in Window2D window, sbyte[] weights, int[] bias, LaneRequantization requantization, long maxBytes) =>
        binding.Inputs[0] is { Type: ElementType.Int8, ZeroPoint: 0 } input && input.Scale.Equals(1.0) && IsEndToEnd(window)
        && SpikeMatrixS8.WeightBytes(bias.Length, window.Taps) <= maxBytes
            ? new SpikeRows(new SpikeMatrixS8(weights, bias), requantization, binding.Kernels, window, bias.Length)
            : null;

    /// <summary>The layer's output from one window's row; false where the full product is to make it.</summary>
    /// <param name="input">The layer's input.</param>
    /// <param name="window">Number of the window.</param>
    /// <param name="output">[channels].</param>
    /// <param name="scratch">At least <see cref="ScratchBytes"/>.</param>
    public bool TryRun(ReadOnlySpan<sbyte> input, int window, Span<sbyte> output, Span<byte> scratch)
    {
        Span<int> sums = MemoryMarshal.Cast<byte, int>(scratch[..ScratchBytes]);
        if (!matrix.TrySum(input.Slice(window * stride, taps), most, sums))
        {
            return false;
        }

        Span<sbyte> block = stackalloc sbyte[PackedMatrix.Block];
        for (int channel = 0; channel < channels; channel += PackedMatrix.Block)
        {
            Requantize(ref sums[channel], channel, ref MemoryMarshal.GetReference(block));
            block[..Math.Min(PackedMatrix.Block, channels - channel)].CopyTo(output[channel..]);
        }

        return true;
    }

    private void Requantize(ref int sums, int channel, ref sbyte output)
    {
        switch (kernels)
        {
            case KernelSet.Avx512:
                requantization.ApplyAvx512(ref sums, 1, channel, ref output, 0);
                break;
            case KernelSet.Avx2:
                requantization.ApplyAvx2(ref sums, 1, channel, ref output, 0);
                break;
            default:
                requantization.ApplyVector128(ref sums, 1, channel, PackedMatrix.Block, ref output, 0);
                break;
        }
    }

    /// <summary>One window a row of the input, or rows in a run, without padding.</summary>
    private static bool IsEndToEnd(in Window2D window) =>
        window is { InputWidth: 1, OutputWidth: 1, KernelWidth: 1, PadTop: 0, PadLeft: 0 } && (window.KernelHeight == 1 || window.DilationHeight == 1)
        && (window.OutputHeight - 1) * window.StrideHeight + window.KernelHeight <= window.InputHeight;
}
