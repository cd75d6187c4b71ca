using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Edge.Inference.Kernels;

internal static partial class DepthwiseConvolutionS8
{
    /// <summary>Windows that are computed together: each vector of weights is loaded once for all of them.</summary>
    private const int WindowsTogether = 4;

    /// <summary>Windows whose sums wait for their requantization.</summary>
    public const int WindowsOfTile = 8 * WindowsTogether;

    /// <summary>Channels of the largest block.</summary>
    public const int LargestBlock = 32;

    /// <summary>Sums windows over a block of channels and requantizes.</summary>
    /// <remarks>Two steps with the sums in memory between them: a loop with nothing behind it keeps its sums in registers.</remarks>
    private interface IWindowKernel
    {
        /// <summary>Sums of four windows, [4, lanes].</summary>
        /// <param name="input">The padded input at the block's first channel.</param>
        /// <param name="windows">Where each window begins.</param>
        /// <param name="packed">Weights and all.</param>
        /// <param name="lane">First lane of the block.</param>
        /// <param name="sums">Receives the sums.</param>
        static abstract void Sum(ref short input, ReadOnlySpan<int> windows, PackedDepthwise packed, int lane, ref int sums);

        /// <summary>Sums [windows, lanes] of a block to int8, in the order of the channels.</summary>
        static abstract void Requantize(LaneRequantization requantization, ref int sums, int windows, int lane, ref sbyte output, nint stride);
    }

    private static void Run<TKernel>(PackedDepthwise packed, ReadOnlySpan<sbyte> input, Span<sbyte> output, Span<byte> scratch)
        where TKernel : struct, IWindowKernel
    {
        Span<int> sums = MemoryMarshal.Cast<byte, int>(scratch[..PackedDepthwise.SumBytes]);
        Span<short> wide = MemoryMarshal.Cast<byte, short>(scratch[PackedDepthwise.SumBytes..]);
        packed.Input.CopyWide(input, packed.ZeroPoint, wide);
        Window2D window = packed.Window;
        Span<int> windows = stackalloc int[WindowsOfTile];
        int row = 0, column = 0;
        for (int first = 0; first < window.Positions; first += WindowsOfTile)
        {
            int count = Math.Min(WindowsOfTile, window.Positions - first);
            for (int i = 0; i < count; i++)
            {
                windows[i] = row * packed.Input.OutputRowStride + column * packed.Input.OutputColumnStride;
                if (++column == window.OutputWidth)
                {
                    (row, column) = (row + 1, 0);
                }
            }

            windows[count..].Fill(windows[0]); // computed once more, and not stored
            Blocks<TKernel>(packed, ref MemoryMarshal.GetReference(wide), windows, count, sums, output[(first * window.Channels)..]);
        }
    }

    private static void Blocks<TKernel>(PackedDepthwise packed, ref short input, ReadOnlySpan<int> windows, int count, Span<int> sums, Span<sbyte> output)
        where TKernel : struct, IWindowKernel
    {
        int lanes = packed.Lanes;
        ref int first = ref MemoryMarshal.GetReference(sums);
        ref sbyte destination = ref MemoryMarshal.GetReference(output);
        for (int block = 0; block < packed.FirstChannels.Length; block++)
        {
            int channel = packed.FirstChannels[block];
            for (int i = 0; i < count; i += WindowsTogether)
            {
                TKernel.Sum(ref Unsafe.Add(ref input, channel), windows.Slice(i, WindowsTogether), packed, block * lanes, ref Unsafe.Add(ref first, i * lanes));
            }

            TKernel.Requantize(packed.Requantization, ref first, count, block * lanes, ref Unsafe.Add(ref destination, channel), packed.Window.Channels);
        }
    }
}
