using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Edge.Inference.Kernels;

internal static partial class MatrixS8
{
    /// <summary>Windows that are multiplied together: each vector of weights is loaded once for all of them.</summary>
    private const int RowsTogether = 6;

    /// <summary>Windows whose taps stay in the first cache while a block of weights passes over them.</summary>
    public const int RowsOfTile = 8 * RowsTogether;

    /// <summary>Blocks of sixteen channels that a tile may hold.</summary>
    public const int BlocksOfTile = 2;

    /// <summary>Multiplies a tile of windows by blocks of sixteen channels and requantizes the sums.</summary>
    /// <remarks>Two steps with the sums in memory between them: a loop with nothing behind it keeps its sums in registers.</remarks>
    private interface ITileKernel<T>
    {
        /// <summary>Blocks that are summed together.</summary>
        static abstract int Blocks { get; }

        /// <summary>Whether a row is stored whole before the next.</summary>
        static abstract bool StoresRowByRow { get; }

        /// <summary>Sums of a tile.</summary>
        /// <param name="input">The padded input.</param>
        /// <param name="rows">Where each window begins: a whole tile, filled up.</param>
        /// <param name="count">Windows that are wanted.</param>
        /// <param name="matrix">Weights and all.</param>
        /// <param name="channel">First channel of the blocks.</param>
        /// <param name="sums">Receives [blocks, tile, 16]; beyond the windows wanted, anything.</param>
        static abstract void Sum(ref T input, ReadOnlySpan<int> rows, int count, PackedMatrix matrix, int channel, ref int sums);

        /// <summary>Sums [rows, 16] to int8.</summary>
        static abstract void Requantize(LaneRequantization requantization, ref int sums, int rows, int channel, ref sbyte output, nint stride);

        /// <summary>Sums [rows, 16] to int16.</summary>
        static abstract void RequantizeWide(LaneRequantization requantization, ref int sums, int rows, int channel, ref short output, nint stride);
    }

    /// <summary>Multiplies windows by one block.</summary>
    private interface IRowKernel<T>
    {
        /// <summary>Whether a row is stored whole before the next.</summary>
        static virtual bool StoresRowByRow => true;

        /// <summary>Sums of six windows.</summary>
        /// <param name="input">The padded input.</param>
        /// <param name="rows">Where each window begins.</param>
        /// <param name="matrix">Weights and all.</param>
        /// <param name="channel">First channel of the block.</param>
        /// <param name="sums">Receives [6, 16].</param>
        static abstract void SumSix(ref T input, ReadOnlySpan<int> rows, PackedMatrix matrix, int channel, ref int sums);

        /// <summary>Sums of one window, [16].</summary>
        static abstract void SumOne(ref T input, PackedMatrix matrix, int channel, ref int sums);

        /// <summary>Sums [rows, 16] to int8.</summary>
        static abstract void Requantize(LaneRequantization requantization, ref int sums, int rows, int channel, ref sbyte output, nint stride);

        /// <summary>Sums [rows, 16] to int16.</summary>
        static virtual void RequantizeWide(LaneRequantization requantization, ref int sums, int rows, int channel, ref short output, nint stride) =>
            requantization.ApplyWide(ref sums, rows, channel, ref output, stride);
    }

    private static void Run<T, TKernel>(PackedMatrix matrix, ReadOnlySpan<T> input, Span<sbyte> output, Span<byte> scratch)
        where TKernel : struct, ITileKernel<T>
    {
        Window2D window = matrix.Window;
        int channels = matrix.Channels;
        Span<int> sums = MemoryMarshal.Cast<byte, int>(scratch[..PackedMatrix.SumBytes]);
        Span<int> rows = stackalloc int[RowsOfTile];
        int row = 0, column = 0;
        for (int first = 0; first < window.Positions; first += RowsOfTile)
        {
            int count = Math.Min(RowsOfTile, window.Positions - first);
            for (int i = 0; i < count; i++)
            {
                rows[i] = row * matrix.Input.OutputRowStride + column * matrix.Input.OutputColumnStride;
                if (++column == window.OutputWidth)
                {
                    (row, column) = (row + 1, 0);
                }
            }

            for (int i = count; i < RowsOfTile; i++)
            {
                rows[i] = rows[count - 1]; // computed once more, and not stored
            }

            for (int channel = 0; channel < channels; channel += TKernel.Blocks * PackedMatrix.Block)
            {
                Tile<T, TKernel>(ref MemoryMarshal.GetReference(input), rows, count, matrix, channel, sums, output[(first * channels * matrix.OutputBytes)..]);
            }
        }
    }

    private static void Tile<T, TKernel>(
        ref T input, ReadOnlySpan<int> rows, int rowCount, PackedMatrix matrix, int channel, Span<int> sums, Span<sbyte> output)
        where TKernel : struct, ITileKernel<T>
    {
        ref int first = ref MemoryMarshal.GetReference(sums);
        TKernel.Sum(ref input, rows, rowCount, matrix, channel, ref first);
        int end = Math.Min(channel + TKernel.Blocks * PackedMatrix.Block, matrix.Channels);
        for (; channel < end; channel += PackedMatrix.Block)
        {
            Store<T, TKernel>(matrix, ref first, rowCount, channel, output[(channel * matrix.OutputBytes)..]);
            first = ref Unsafe.Add(ref first, RowsOfTile * PackedMatrix.Block);
        }
    }

    private static void Store<T, TKernel>(PackedMatrix matrix, ref int sums, int rows, int channel, Span<sbyte> output)
        where TKernel : struct, ITileKernel<T>
    {
        int width = matrix.Channels - channel;
        if (matrix.MakesInt16)
        {
            StoreWide<T, TKernel>(matrix, ref sums, rows, channel, width, MemoryMarshal.Cast<sbyte, short>(output));
        }
        else if (width >= PackedMatrix.Block)
        {
            TKernel.Requantize(matrix.Requantization, ref sums, rows, channel, ref MemoryMarshal.GetReference(output), matrix.Channels);
        }
        else
        {
            StorePart<T, TKernel>(matrix, ref sums, rows, channel, width, output);
        }
    }

    private static void StoreWide<T, TKernel>(PackedMatrix matrix, ref int sums, int rows, int channel, int width, Span<short> output)
        where TKernel : struct, ITileKernel<T>
    {
        if (width >= PackedMatrix.Block)
        {
            TKernel.RequantizeWide(matrix.Requantization, ref sums, rows, channel, ref MemoryMarshal.GetReference(output), matrix.Channels);
            return;
        }

        Span<short> block = stackalloc short[RowsOfTile * PackedMatrix.Block];
        TKernel.RequantizeWide(matrix.Requantization, ref sums, rows, channel, ref MemoryMarshal.GetReference(block), PackedMatrix.Block);
        for (int row = 0; row < rows; row++)
        {
            block.Slice(row * PackedMatrix.Block, width).CopyTo(output[(row * matrix.Channels)..]);
        }
    }

    /// <summary>
    /// A block that the output has not all channels of. Where it is the only one, whole blocks are stored all the same, each row's over the end of the
    /// one before, as long as they lie in the output.
    /// </summary>
    private static void StorePart<T, TKernel>(PackedMatrix matrix, ref int sums, int rows, int channel, int width, Span<sbyte> output)
        where TKernel : struct, ITileKernel<T>
    {
        if (channel == 0 && TKernel.StoresRowByRow)
        {
            int whole = output.Length < PackedMatrix.Block ? 0 : Math.Min(rows, (output.Length - PackedMatrix.Block) / matrix.Channels + 1);
            TKernel.Requantize(matrix.Requantization, ref sums, whole, channel, ref MemoryMarshal.GetReference(output), matrix.Channels);
            sums = ref Unsafe.Add(ref sums, whole * PackedMatrix.Block);
            output = output[(whole * matrix.Channels)..];
            rows -= whole;
            if (rows == 0)
            {
                return;
            }
        }

        Span<sbyte> block = stackalloc sbyte[RowsOfTile * PackedMatrix.Block];
        TKernel.Requantize(matrix.Requantization, ref sums, rows, channel, ref MemoryMarshal.GetReference(block), PackedMatrix.Block);
        for (int row = 0; row < rows; row++)
        {
            block.Slice(row * PackedMatrix.Block, width).CopyTo(output[(row * matrix.Channels)..]);
        }
    }

    /// <summary>Tiles of one block, made of rows.</summary>
    private readonly struct RowTiles<T, TKernel> : ITileKernel<T>
        where TKernel : struct, IRowKernel<T>
    {
        public static int Blocks => 1;

        public static bool StoresRowByRow => TKernel.StoresRowByRow;

        public static void Sum(ref T input, ReadOnlySpan<int> rows, int count, PackedMatrix matrix, int channel, ref int sums)
        {
            for (int i = 0; i < count; i += RowsTogether)
            {
                if (count - i > 2)
                {
                    TKernel.SumSix(ref input, rows.Slice(i, RowsTogether), matrix, channel, ref Unsafe.Add(ref sums, i * PackedMatrix.Block));
                    continue;
                }

                for (int one = i; one < count; one++)
                {
                    TKernel.SumOne(ref Unsafe.Add(ref input, rows[one]), matrix, channel, ref Unsafe.Add(ref sums, one * PackedMatrix.Block));
                }
            }
        }

        public static void Requantize(LaneRequantization requantization, ref int sums, int rows, int channel, ref sbyte output, nint stride) =>
            TKernel.Requantize(requantization, ref sums, rows, channel, ref output, stride);

        public static void RequantizeWide(LaneRequantization requantization, ref int sums, int rows, int channel, ref short output, nint stride) =>
            TKernel.RequantizeWide(requantization, ref sums, rows, channel, ref output, stride);
    }
}
