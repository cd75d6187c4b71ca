using System.Runtime.CompilerServices;

namespace Edge.Inference.Kernels;

internal static partial class MatrixS8
{
    /// <summary>Same as <see cref="Reference"/>, four taps of sixteen channels in one instruction (AVX512_VNNI): <see cref="Avx512Vnni"/>.</summary>
    /// <param name="matrix">Packed as <see cref="TapGroup.Quad"/>, windows of at most <see cref="Avx512Vnni.MaxTaps"/>.</param>
    /// <param name="input">The convolution's input.</param>
    /// <param name="output">[windows, channels].</param>
    /// <param name="scratch">As <see cref="PackedMatrix.ScratchBytes"/> says.</param>
    public static void RunAvx512Vnni(PackedMatrix matrix, ReadOnlySpan<sbyte> input, Span<sbyte> output, Span<byte> scratch)
    {
        Span<byte> padded = scratch[PackedMatrix.SumBytes..];
        matrix.Input.CopyUnsigned(input, matrix.ZeroPoint, padded);
        Run<byte, Quads512>(matrix, padded, output, scratch);
    }

    private readonly struct Quads512 : ITileKernel<byte>
    {
        public static int Blocks => BlocksOfTile;

        public static bool StoresRowByRow => true;

        public static unsafe void Sum(ref byte input, ReadOnlySpan<int> rows, int count, PackedMatrix matrix, int channel, ref int sums)
        {
            int groups = matrix.Offsets.Length;
            int next = channel + PackedMatrix.Block < matrix.Channels ? PackedMatrix.Block : 0; // the last of an odd number of blocks is summed twice
            fixed (byte* x = &input)
            fixed (int* row = rows, offsets = matrix.Offsets, bias = &Unsafe.Add(ref matrix.Requantization.Bias, channel), sum = &sums)
            fixed (sbyte* weights = &matrix.Weights[channel * groups * 4])
            {
                var tile = new Avx512Vnni.RowTile
                {
                    Input = x,
                    Rows = row,
                    Offsets = offsets,
                    Groups = groups,
                    Weights0 = weights,
                    Weights1 = weights + (nint)next * groups * 4,
                    Bias0 = bias,
                    Bias1 = bias + next,
                    Sums0 = sum,
                    Sums1 = sum + RowsOfTile * PackedMatrix.Block,
                };
                int rest = count % RowsTogether is 1 or 2 ? count % RowsTogether : 0;
                tile.Sixes = (count - rest + RowsTogether - 1) / RowsTogether;
                if (tile.Sixes > 0)
                {
                    Avx512Vnni.SumSixes(&tile); // which moves rows and sums on
                }

                for (; rest > 0; rest--)
                {
                    Avx512Vnni.SumOne(&tile);
                    tile.Rows++;
                    tile.Sums0 += PackedMatrix.Block;
                    tile.Sums1 += PackedMatrix.Block;
                }
            }
        }

        public static void Requantize(LaneRequantization requantization, ref int sums, int rows, int channel, ref sbyte output, nint stride) =>
            requantization.ApplyAvx512(ref sums, rows, channel, ref output, stride);

        public static void RequantizeWide(LaneRequantization requantization, ref int sums, int rows, int channel, ref short output, nint stride) =>
            requantization.ApplyWideAvx512(ref sums, rows, channel, ref output, stride);
    }
}
