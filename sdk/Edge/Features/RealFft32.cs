using System.Runtime.CompilerServices;
using Edge.Features.Design;

namespace Edge.Features;

/// <summary>FFT of real 32-bit samples with Q30 twiddles; every stage divides by its radix, so that nothing can overflow.</summary>
/// <remarks>Rounding moves a bin by a few units, on samples that fill 30 bits. Complex numbers are stored re, im.</remarks>
internal sealed class RealFft32
{
    private readonly int half;             // length of the complex transform
    private readonly int firstRadix;       // 2 or 4: radix of the first stage, whose twiddles are all 1
    private readonly int[] order;          // which complex input stands at place i before the first stage, [half]
    private readonly int[][] twiddlesQ30;  // per later stage of span m: [m, 3] complex, e^(-2πi·q·k/4m) for q = 1..3
    private readonly int[] splitQ30;       // -i·e^(-2πi·k/size) for k = 0..half/2, complex
    private readonly int[] work;           // [half] complex

    /// <summary>Prepares transforms of <paramref name="size"/> samples, a power of two from 64 to 2048.</summary>
    public RealFft32(int size)
    {
        half = size / 2;
        firstRadix = int.Log2(half) % 2 == 0 ? 4 : 2;
        order = RealFft16.DigitReversal(half, firstRadix);
        work = new int[2 * half];
        var stages = new List<int[]>();
        for (int span = firstRadix; span < half; span *= 4)
        {
            stages.Add(Roots(3 * span, i => i / 3 * (i % 3 + 1), 4 * span));
        }

        twiddlesQ30 = [.. stages];
        splitQ30 = Roots(half / 2 + 1, k => k + size / 4, size);
    }

    /// <summary>Transforms real samples to the bins from 0 Hz to half the sample rate.</summary>
    /// <param name="samples">Samples of at most 2^30 in magnitude, [size].</param>
    /// <param name="spectrum">Receives DFT(samples)/size, [size/2 + 1] complex.</param>
    public void Transform(ReadOnlySpan<int> samples, Span<int> spectrum)
    {
        FirstStage(samples);
        int span = firstRadix;
        foreach (int[] twiddles in twiddlesQ30)
        {
            Stage(work, span, twiddles);
            span *= 4;
        }

        Split(work, splitQ30, spectrum);
    }

    private void FirstStage(ReadOnlySpan<int> samples)
    {
        for (int i = 0; i < half; i += firstRadix)
        {
            Span<int> data = work.AsSpan(2 * i, 2 * firstRadix);
            for (int k = 0; k < firstRadix; k++)
            {
                data[2 * k] = RoundQ(samples[2 * order[i + k]], firstRadix / 2);
                data[2 * k + 1] = RoundQ(samples[2 * order[i + k] + 1], firstRadix / 2);
            }

            if (firstRadix == 4)
            {
                Combine(data, 0, 2, 4, 6, data[2], data[3], data[4], data[5], data[6], data[7]);
            }
            else
            {
                (data[0], data[2]) = (data[0] + data[2], data[0] - data[2]);
                (data[1], data[3]) = (data[1] + data[3], data[1] - data[3]);
            }
        }
    }

    private static void Stage(Span<int> data, int span, ReadOnlySpan<int> twiddles)
    {
        for (int block = 0; block < data.Length; block += 8 * span)
        {
            for (int k = 0; k < span; k++)
            {
                int a = block + 2 * k;
                int b = a + 2 * span;
                int c = b + 2 * span;
                int d = c + 2 * span;
                ReadOnlySpan<int> w = twiddles.Slice(6 * k, 6);
                (data[a], data[a + 1]) = (RoundQ(data[a], 2), RoundQ(data[a + 1], 2));
                (int bRe, int bIm) = Turned(data[b], data[b + 1], w[0], w[1]);
                (int cRe, int cIm) = Turned(data[c], data[c + 1], w[2], w[3]);
                (int dRe, int dIm) = Turned(data[d], data[d + 1], w[4], w[5]);
                Combine(data, a, b, c, d, bRe, bIm, cRe, cIm, dRe, dIm);
            }
        }
    }

    // x·w/4: a shift by 32 rather than 30 divides by the radix.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (int Re, int Im) Turned(long re, long im, long wReQ30, long wImQ30) =>
        (RoundQ(re * wReQ30 - im * wImQ30, 32), RoundQ(re * wImQ30 + im * wReQ30, 32));

    private static void Combine(
        Span<int> data, int a, int b, int c, int d, int bRe, int bIm, int cRe, int cIm, int dRe, int dIm)
    {
        int sumRe = data[a] + cRe;
        int sumIm = data[a + 1] + cIm;
        int differenceRe = data[a] - cRe;
        int differenceIm = data[a + 1] - cIm;
        (data[a], data[a + 1]) = (sumRe + bRe + dRe, sumIm + bIm + dIm);
        (data[b], data[b + 1]) = (differenceRe + bIm - dIm, differenceIm - bRe + dRe);
        (data[c], data[c + 1]) = (sumRe - bRe - dRe, sumIm - bIm - dIm);
        (data[d], data[d + 1]) = (differenceRe - bIm + dIm, differenceIm + bRe - dRe);
    }

    // The samples went in as real and imaginary parts: X[k] = (Z[k] + Z*[h - k])/2 + (-i·e^(-2πik/size))·(Z[k] - Z*[h - k])/2,
    // and half of it, since the complex transform divided by half the size.
    private static void Split(ReadOnlySpan<int> data, ReadOnlySpan<int> splitQ30, Span<int> spectrum)
    {
        int half = data.Length / 2;
        for (int k = 0; k <= half / 2; k++)
        {
            int mirrored = half - k;
            int there = k == 0 ? 0 : mirrored;
            long sumRe = (long)data[2 * k] + data[2 * there];
            long sumIm = (long)data[2 * k + 1] - data[2 * there + 1];
            long differenceRe = (long)data[2 * k] - data[2 * there];
            long differenceIm = (long)data[2 * k + 1] + data[2 * there + 1];
            long turnedRe = (differenceRe * splitQ30[2 * k] - differenceIm * splitQ30[2 * k + 1]) >> 30;
            long turnedIm = (differenceRe * splitQ30[2 * k + 1] + differenceIm * splitQ30[2 * k]) >> 30;
            spectrum[2 * mirrored] = RoundQ(sumRe - turnedRe, 2);
            spectrum[2 * mirrored + 1] = RoundQ(turnedIm - sumIm, 2);
            spectrum[2 * k] = RoundQ(sumRe + turnedRe, 2);
            spectrum[2 * k + 1] = RoundQ(sumIm + turnedIm, 2);
        }
    }

    private static int RoundQ(long value, int bits) => (int)((value + (1L << (bits - 1))) >> bits);

    private static int[] Roots(int count, Func<int, int> numerator, int denominator)
    {
        var roots = new int[2 * count];
        for (int i = 0; i < count; i++)
        {
            (roots[2 * i], roots[2 * i + 1]) = TwiddleDesign.Root(numerator(i), denominator, 1 << 30);
        }

        return roots;
    }
}
