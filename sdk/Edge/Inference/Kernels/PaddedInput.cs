using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Inference.Kernels;

/// <summary>
/// A window's input with its padding written out, so that every window lies inside and all of them read alike: [rows, columns, channels] in
/// scratch, in the form that a kernel multiplies.
/// </summary>
/// <param name="window">Geometry.</param>
internal sealed class PaddedInput(Window2D window)
{
    /// <summary>Rows that the windows reach.</summary>
    public long Rows { get; } = (window.OutputHeight - 1L) * window.StrideHeight + (window.KernelHeight - 1L) * window.DilationHeight + 1;

    /// <summary>Columns that the windows reach, and at least the input's.</summary>
    public long Columns { get; } = Math.Max(
        (window.OutputWidth - 1L) * window.StrideWidth + (window.KernelWidth - 1L) * window.DilationWidth + 1, (long)window.PadLeft + window.InputWidth);

    /// <summary>Elements.</summary>
    public long Length => Rows * Columns * window.Channels;

    /// <summary>Elements from one row to the next.</summary>
    public int RowStride => (int)Columns * window.Channels;

    /// <summary>Elements from one output row's first window to the next one's.</summary>
    public int OutputRowStride => window.StrideHeight * RowStride;

    /// <summary>Elements from one window to its neighbour on the right.</summary>
    public int OutputColumnStride => window.StrideWidth * window.Channels;

    /// <summary>The values as they are.</summary>
    public void Copy(ReadOnlySpan<sbyte> input, int zeroPoint, Span<sbyte> padded) => Copy<sbyte, Plain>(input, zeroPoint, padded);

    /// <summary>The values plus 128, for instructions that multiply unsigned by signed.</summary>
    public void CopyUnsigned(ReadOnlySpan<sbyte> input, int zeroPoint, Span<byte> padded) => Copy<byte, Unsigned>(input, zeroPoint, padded);

    /// <summary>The values in 16 bits.</summary>
    public void CopyWide(ReadOnlySpan<sbyte> input, int zeroPoint, Span<short> padded) => Copy<short, Wide>(input, zeroPoint, padded);

    private interface IForm<T>
    {
        static abstract T Convert(sbyte value);

        static abstract void Convert(ReadOnlySpan<sbyte> values, Span<T> converted);
    }

    private void Copy<T, TForm>(ReadOnlySpan<sbyte> input, int zeroPoint, Span<T> padded)
        where TForm : struct, IForm<T>
    {
        T padding = TForm.Convert((sbyte)zeroPoint);
        int before = window.PadLeft * window.Channels;
        int values = window.InputWidth * window.Channels;
        int top = (int)Math.Min(window.PadTop, Rows);
        int inside = (int)Math.Clamp(Rows - window.PadTop, 0, window.InputHeight);
        padded[..(top * RowStride)].Fill(padding);
        if (values == RowStride)
        {
            TForm.Convert(input[..(inside * values)], padded.Slice(top * RowStride, inside * values));
        }
        else
        {
            for (int row = 0; row < inside; row++)
            {
                Span<T> destination = padded.Slice((top + row) * RowStride, RowStride);
                destination[..before].Fill(padding);
                TForm.Convert(input.Slice(row * values, values), destination[before..]);
                destination[(before + values)..].Fill(padding);
            }
        }

        padded[((top + inside) * RowStride)..(int)Length].Fill(padding);
    }

    private readonly struct Plain : IForm<sbyte>
    {
        public static sbyte Convert(sbyte value) => value;

        public static void Convert(ReadOnlySpan<sbyte> values, Span<sbyte> converted) => values.CopyTo(converted);
    }

    private readonly struct Unsigned : IForm<byte>
    {
        public static byte Convert(sbyte value) => (byte)(value ^ sbyte.MinValue);

        public static void Convert(ReadOnlySpan<sbyte> values, Span<byte> converted)
        {
            ref sbyte source = ref MemoryMarshal.GetReference(values);
            int i = 0;
            ref byte destination = ref MemoryMarshal.GetReference(converted[..values.Length]);
            for (; i + Vector256<sbyte>.Count <= values.Length; i += Vector256<sbyte>.Count)
            {
                (Vector256.LoadUnsafe(ref source, (nuint)i) ^ Vector256.Create(sbyte.MinValue)).AsByte().StoreUnsafe(ref destination, (nuint)i);
            }

            for (; i < values.Length; i++)
            {
                converted[i] = Convert(values[i]);
            }
        }
    }

    private readonly struct Wide : IForm<short>
    {
        public static short Convert(sbyte value) => value;

        public static void Convert(ReadOnlySpan<sbyte> values, Span<short> converted)
        {
            ref sbyte source = ref MemoryMarshal.GetReference(values);
            int i = 0;
            ref short destination = ref MemoryMarshal.GetReference(converted[..values.Length]);
            if (Vector256.IsHardwareAccelerated)
            {
                for (; i + Vector256<sbyte>.Count <= values.Length; i += Vector256<sbyte>.Count)
                {
                    (Vector256<short> low, Vector256<short> high) = Vector256.Widen(Vector256.LoadUnsafe(ref source, (nuint)i));
                    low.StoreUnsafe(ref destination, (nuint)i);
                    high.StoreUnsafe(ref destination, (nuint)(i + Vector256<short>.Count));
                }
            }

            for (; i + Vector128<sbyte>.Count <= values.Length; i += Vector128<sbyte>.Count)
            {
                (Vector128<short> low, Vector128<short> high) = Vector128.Widen(Vector128.LoadUnsafe(ref source, (nuint)i));
                low.StoreUnsafe(ref destination, (nuint)i);
                high.StoreUnsafe(ref destination, (nuint)(i + Vector128<short>.Count));
            }

            for (; i < values.Length; i++)
            {
                converted[i] = values[i];
            }
        }
    }
}
