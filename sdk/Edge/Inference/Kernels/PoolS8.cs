using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>From the sum of stored integers to their average.</summary>
internal readonly record struct PoolDivision(Rounding Rounding, int ZeroPoint)
{
    public int Apply(int sum, int count) => Rounding == Rounding.Once
        ? FixedPoint.DivideTiesToEven(sum - count * ZeroPoint, count) + ZeroPoint
        : (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
}

/// <summary>int8 average and maximum over windows of [1, height, width, channels]; taps outside the input do not count.</summary>
/// <remarks>
/// The average is Σx / n rounded to nearest, with n the taps inside: ties away from zero for double rounding; ties of Σ(x − z) / n to even for single
/// rounding. Windows have no dilation. Source: TensorFlow Lite's 8-bit quantization specification, AVERAGE_POOL_2D and MAX_POOL_2D; input and
/// output share scale and zero point.
/// </remarks>
internal static class PoolS8
{
    private const int Lanes = 8;

    /// <summary>The average's definition.</summary>
    /// <param name="input">[1, input height, input width, channels].</param>
    /// <param name="window">Geometry.</param>
    /// <param name="division">How the sum is divided.</param>
    /// <param name="min">Smallest output.</param>
    /// <param name="max">Largest output.</param>
    /// <param name="output">[1, output height, output width, channels].</param>
    public static void AverageReference(ReadOnlySpan<sbyte> input, in Window2D window, PoolDivision division, int min, int max, Span<sbyte> output)
    {
        for (int position = 0; position < window.Positions; position++)
        {
            Taps taps = Inside(window, position);
            for (int c = 0; c < window.Channels; c++)
            {
                output[position * window.Channels + c] = AverageOne(input, window, taps, c, division, min, max);
            }
        }
    }

    /// <summary>The maximum's definition; parameters as for the average.</summary>
    public static void MaximumReference(ReadOnlySpan<sbyte> input, in Window2D window, int min, int max, Span<sbyte> output)
    {
        for (int position = 0; position < window.Positions; position++)
        {
            Taps taps = Inside(window, position);
            for (int c = 0; c < window.Channels; c++)
            {
                output[position * window.Channels + c] = MaximumOne(input, window, taps, c, min, max);
            }
        }
    }

    /// <summary>Same as <see cref="AverageReference"/>, sums of eight channels at a time.</summary>
    public static void AverageVector128(ReadOnlySpan<sbyte> input, in Window2D window, PoolDivision division, int min, int max, Span<sbyte> output)
    {
        ref sbyte source = ref MemoryMarshal.GetReference(input);
        Span<int> sums = stackalloc int[Lanes];
        for (int position = 0; position < window.Positions; position++)
        {
            Taps taps = Inside(window, position);
            int c = 0;
            for (; c + Lanes <= window.Channels; c += Lanes)
            {
                Vector128<int> low = Vector128<int>.Zero;
                Vector128<int> high = Vector128<int>.Zero;
                for (int row = taps.FirstRow; row < taps.EndRow; row++)
                {
                    for (int column = taps.FirstColumn; column < taps.EndColumn; column++)
                    {
                        int offset = (row * window.InputWidth + column) * window.Channels + c;
                        low += Int8Lanes.Load4(ref source, offset);
                        high += Int8Lanes.Load4(ref source, offset + 4);
                    }
                }

                low.CopyTo(sums);
                high.CopyTo(sums[4..]);
                for (int i = 0; i < Lanes; i++)
                {
                    output[position * window.Channels + c + i] = (sbyte)Math.Clamp(division.Apply(sums[i], taps.Count), min, max);
                }
            }

            for (; c < window.Channels; c++)
            {
                output[position * window.Channels + c] = AverageOne(input, window, taps, c, division, min, max);
            }
        }
    }

    /// <summary>
    /// Same as <see cref="MaximumReference"/>, sixteen channels at a time. The last ones of a position may be fewer: what is computed beyond them is written
    /// over by the next position.
    /// </summary>
    public static void MaximumVector128(ReadOnlySpan<sbyte> input, in Window2D window, int min, int max, Span<sbyte> output)
    {
        int lanes = Vector128<sbyte>.Count;
        ref sbyte source = ref MemoryMarshal.GetReference(input);
        for (int position = 0; position < window.Positions; position++)
        {
            Taps taps = Inside(window, position);
            int end = ((taps.EndRow - 1) * window.InputWidth + taps.EndColumn - 1) * window.Channels + lanes; // of the last tap's vector of channel 0
            for (int c = 0; c < window.Channels; c += lanes)
            {
                Span<sbyte> destination = output[(position * window.Channels + c)..];
                if (destination.Length >= lanes && end + c <= input.Length)
                {
                    Vector128<sbyte> maximum = Maximum(ref source, window, taps, c);
                    Vector128.Min(Vector128.Max(maximum, Vector128.Create((sbyte)min)), Vector128.Create((sbyte)max)).CopyTo(destination);
                    continue;
                }

                for (int i = 0; i < Math.Min(lanes, window.Channels - c); i++)
                {
                    destination[i] = MaximumOne(input, window, taps, c + i, min, max);
                }
            }
        }
    }

    private static Vector128<sbyte> Maximum(ref sbyte source, in Window2D window, in Taps taps, int channel)
    {
        Vector128<sbyte> maximum = Vector128.Create(sbyte.MinValue);
        for (int row = taps.FirstRow; row < taps.EndRow; row++)
        {
            nint offset = (row * window.InputWidth + taps.FirstColumn) * window.Channels + channel;
            for (int column = taps.FirstColumn; column < taps.EndColumn; column++, offset += window.Channels)
            {
                maximum = Vector128.Max(maximum, Vector128.LoadUnsafe(ref source, (nuint)offset));
            }
        }

        return maximum;
    }

    private static sbyte AverageOne(
        ReadOnlySpan<sbyte> input, in Window2D window, in Taps taps, int channel, PoolDivision division, int min, int max)
    {
        int sum = 0;
        for (int row = taps.FirstRow; row < taps.EndRow; row++)
        {
            for (int column = taps.FirstColumn; column < taps.EndColumn; column++)
            {
                sum += input[(row * window.InputWidth + column) * window.Channels + channel];
            }
        }

        return (sbyte)Math.Clamp(division.Apply(sum, taps.Count), min, max);
    }

    private static sbyte MaximumOne(ReadOnlySpan<sbyte> input, in Window2D window, in Taps taps, int channel, int min, int max)
    {
        int maximum = sbyte.MinValue;
        for (int row = taps.FirstRow; row < taps.EndRow; row++)
        {
            for (int column = taps.FirstColumn; column < taps.EndColumn; column++)
            {
                maximum = Math.Max(maximum, input[(row * window.InputWidth + column) * window.Channels + channel]);
            }
        }

        return (sbyte)Math.Clamp(maximum, min, max);
    }

    /// <summary>The part of a window that lies inside the input; never empty, since padding is narrower than the window.</summary>
    private static Taps Inside(in Window2D window, int position)
    {
        int row = position / window.OutputWidth * window.StrideHeight - window.PadTop;
        int column = position % window.OutputWidth * window.StrideWidth - window.PadLeft;
        return new Taps(
            Math.Max(row, 0), Math.Min(row + window.KernelHeight, window.InputHeight),
            Math.Max(column, 0), Math.Min(column + window.KernelWidth, window.InputWidth));
    }

    private readonly record struct Taps(int FirstRow, int EndRow, int FirstColumn, int EndColumn)
    {
        public int Count => (EndRow - FirstRow) * (EndColumn - FirstColumn);
    }
}
