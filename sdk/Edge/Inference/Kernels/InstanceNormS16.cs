using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>int16 instance normalization, each channel over all rows, sums of 64 bits; <see cref="InstanceNormChannel"/> has the arithmetic.</summary>
internal static partial class InstanceNormS16
{
    /// <summary>Channels at a time.</summary>
    private const int Lanes = 8;

    /// <summary>The definition.</summary>
    /// <param name="input">[rows, channels].</param>
    /// <param name="parameters">The numbers.</param>
    /// <param name="min">Smallest output.</param>
    /// <param name="max">Largest output.</param>
    /// <param name="output">[rows, channels].</param>
    public static void Reference(ReadOnlySpan<short> input, InstanceNormParameters parameters, int min, int max, Span<short> output)
    {
        int channels = parameters.Multipliers.Length;
        for (int c = 0; c < channels; c++)
        {
            (long sum, long squares) = (0, 0);
            for (int i = c; i < input.Length; i += channels)
            {
                sum += input[i];
                squares += input[i] * input[i];
            }

            var channel = new InstanceNormChannel(parameters, c, sum, squares);
            for (int i = c; i < input.Length; i += channels)
            {
                output[i] = channel.Apply(input[i], min, max);
            }
        }
    }

    /// <summary>Same as <see cref="Reference"/>: the sums of eight channels at a time, then row by row as the values lie in memory.</summary>
    /// <param name="input">[rows, channels].</param>
    /// <param name="parameters">The numbers.</param>
    /// <param name="min">Smallest output.</param>
    /// <param name="max">Largest output.</param>
    /// <param name="output">[rows, channels].</param>
    /// <param name="scratch">At least <see cref="ScratchElements"/>.</param>
    public static void RunVector128(ReadOnlySpan<short> input, InstanceNormParameters parameters, int min, int max, Span<short> output, Span<short> scratch)
    {
        int width = parameters.Multipliers.Length;
        Span<InstanceNormChannel> channels = MemoryMarshal.Cast<short, InstanceNormChannel>(scratch)[..width];
        int vectorized = width - width % Lanes;
        for (int c = 0; c < vectorized; c += Lanes)
        {
            SumLanes(input, parameters, c, channels);
        }

        for (int c = vectorized; c < width; c++)
        {
            (long sum, long squares) = (0, 0);
            for (int i = c; i < input.Length; i += width)
            {
                sum += input[i];
                squares += input[i] * input[i];
            }

            channels[c] = new InstanceNormChannel(parameters, c, sum, squares);
        }

        for (int start = 0; start < input.Length; start += width)
        {
            ReadOnlySpan<short> row = input.Slice(start, width);
            Span<short> results = output.Slice(start, width);
            for (int c = 0; c < results.Length; c++)
            {
                results[c] = channels[c].Apply(row[c], min, max);
            }
        }
    }

    /// <summary>Scratch that <see cref="RunVector128"/> needs for so many channels, in elements.</summary>
    public static int ScratchElements(int channels) => checked(channels * InstanceNormChannel.Bytes / sizeof(short));

    private static void SumLanes(ReadOnlySpan<short> input, InstanceNormParameters parameters, int first, Span<InstanceNormChannel> channels)
    {
        int width = parameters.Multipliers.Length;
        ref short values = ref MemoryMarshal.GetReference(input);

        // 32,767 rows of 2^15 stay below 2^30; their squares need 64 bits.
        Vector128<int> lowSums = Vector128<int>.Zero, highSums = Vector128<int>.Zero;
        Vector128<long> squares0 = Vector128<long>.Zero, squares1 = Vector128<long>.Zero, squares2 = Vector128<long>.Zero, squares3 = Vector128<long>.Zero;
        for (int i = first; i < input.Length; i += width)
        {
            (Vector128<int> low, Vector128<int> high) = Vector128.Widen(Vector128.LoadUnsafe(ref values, (nuint)i));
            lowSums += low;
            highSums += high;
            (Vector128<long> a, Vector128<long> b) = Vector128.Widen(low * low);
            (Vector128<long> c, Vector128<long> d) = Vector128.Widen(high * high);
            (squares0, squares1, squares2, squares3) = (squares0 + a, squares1 + b, squares2 + c, squares3 + d);
        }

        for (int lane = 0; lane < Lanes; lane++)
        {
            int sum = lane < 4 ? lowSums[lane] : highSums[lane - 4];
            long square = (lane / 2) switch { 0 => squares0[lane % 2], 1 => squares1[lane % 2], 2 => squares2[lane % 2], _ => squares3[lane % 2] };
            channels[first + lane] = new InstanceNormChannel(parameters, first + lane, sum, square);
        }
    }
}
