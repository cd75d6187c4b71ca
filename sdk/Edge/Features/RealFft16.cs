using Edge.Features.Design;
using Edge.Numerics;

namespace Edge.Features;

/// <summary>
/// FFT of real int16 samples that halves at every radix-2 and quarters at every radix-4 stage: spectrum = DFT / size.
/// </summary>
/// <remarks>
/// The half-length complex transform with radix-4 stages (one radix-2 stage first where needed) and the roundings of kissfft in
/// 16-bit fixed point, which the micro front end's integers depend on. Complex numbers are stored re, im.
/// </remarks>
internal sealed partial class RealFft16
{
    private static readonly short[] Unit = [short.MaxValue, 0]; // 1 in Q15, as near as 16 bits come

    private readonly int half;               // length of the complex transform
    private readonly int firstRadix;         // 2 or 4: radix of the first stage, whose twiddles are all 1
    private readonly int[] order;            // order[i]: which complex input stands at place i before the first stage, [half]
    private readonly short[][] twiddlesQ15;  // per later stage of span m: [3, m] complex, e^(-2πi·q·k/4m) for q = 1..3
    private readonly short[] splitQ15;       // e^(-πi·(k/half + 1/2)) for k = 1..half/2, [half/2] complex
    private readonly int[] blocks;           // vectors: where the first block of four with input i begins, [half/4]
    private readonly short[][] twiddlePairs; // vectors: twiddlesQ15 four k at a time, [span/4, q = 1..3, (re, -im)·4 (im, re)·4]
    private readonly short[] splitPairs;     // vectors: splitQ15 in the same form
    private readonly short[] work;           // [half] complex
    private readonly KernelSet kernels;

    /// <summary>Prepares transforms of <paramref name="size"/> samples, a power of two from 64 to 2048.</summary>
    public RealFft16(int size, KernelSet kernels)
    {
        this.kernels = kernels;
        half = size / 2;
        int log2 = int.Log2(half);
        firstRadix = log2 % 2 == 0 ? 4 : 2;
        order = DigitReversal(half, firstRadix);
        var stages = new List<short[]>();
        for (int span = firstRadix; span < half; span *= 4)
        {
            stages.Add(StageTwiddles(span));
        }

        twiddlesQ15 = [.. stages];
        splitQ15 = new short[half];
        for (int k = 1; k <= half / 2; k++)
        {
            // -π(k/half + 1/2) = -2π(2k + half)/(4·half)
            (int re, int im) = TwiddleDesign.Root(2 * k + half, 4 * half, short.MaxValue);
            splitQ15[2 * k - 2] = (short)re;
            splitQ15[2 * k - 1] = (short)im;
        }

        work = new short[2 * half];
        blocks = new int[half / 4];
        for (int i = 0; firstRadix == 4 && i < half; i += 4)
        {
            blocks[order[i]] = i;
        }

        twiddlePairs = Array.ConvertAll(twiddlesQ15, table => Pairs(table, 3));
        splitPairs = Pairs(splitQ15, 1);
    }

    /// <summary>Transforms real samples to the bins from 0 Hz to half the sample rate.</summary>
    /// <param name="samples">Real samples, [size].</param>
    /// <param name="shift">Bits to scale the samples up by on their way in; what passes 16 bits is cut off.</param>
    /// <param name="spectrum">Receives DFT(samples·2^shift)/size, [size/2 + 1] complex.</param>
    public void Transform(ReadOnlySpan<short> samples, int shift, Span<short> spectrum)
    {
        bool plain = kernels == KernelSet.Reference;
        if (plain || firstRadix == 2)
        {
            FirstStageReference(samples, shift, work);
        }
        else
        {
            FirstStageVector128(samples, shift);
        }

        int span = firstRadix;
        for (int stage = 0; stage < twiddlesQ15.Length; stage++)
        {
            if (plain || span < 4)
            {
                StageReference(work, span, twiddlesQ15[stage]);
            }
            else
            {
                StageVector128(work, span, twiddlePairs[stage]);
            }

            span *= 4;
        }

        if (plain)
        {
            SplitReference(work, splitQ15, spectrum);
        }
        else
        {
            SplitVector128(spectrum);
        }
    }

    private void FirstStageReference(ReadOnlySpan<short> samples, int shift, Span<short> data)
    {
        for (int i = 0; i < half; i++)
        {
            data[2 * i] = unchecked((short)(samples[2 * order[i]] << shift));
            data[2 * i + 1] = unchecked((short)(samples[2 * order[i] + 1] << shift));
        }

        for (int i = 0; i < half; i += firstRadix)
        {
            if (firstRadix == 4)
            {
                Butterfly4(data[(2 * i)..], 1, Unit, Unit, Unit);
            }
            else
            {
                Butterfly2(data[(2 * i)..]);
            }
        }
    }

    private static void StageReference(Span<short> data, int span, ReadOnlySpan<short> twiddles)
    {
        for (int block = 0; block < data.Length; block += 8 * span)
        {
            for (int k = 0; k < span; k++)
            {
                Butterfly4(
                    data[(block + 2 * k)..], span, twiddles[(2 * k)..], twiddles[(2 * (span + k))..], twiddles[(2 * (2 * span + k))..]);
            }
        }
    }

    private static void Butterfly2(Span<short> data)
    {
        Cpx a = Cpx.At(data, 0).Times(short.MaxValue / 2);
        Cpx b = Cpx.At(data, 1).Times(short.MaxValue / 2).Times(Unit);
        (a - b).To(data, 1);
        (a + b).To(data, 0);
    }

    private static void Butterfly4(
        Span<short> data, int span, ReadOnlySpan<short> twiddle1, ReadOnlySpan<short> twiddle2, ReadOnlySpan<short> twiddle3)
    {
        Cpx a = Cpx.At(data, 0).Times(short.MaxValue / 4);
        Cpx b = Cpx.At(data, span).Times(short.MaxValue / 4).Times(twiddle1);
        Cpx c = Cpx.At(data, 2 * span).Times(short.MaxValue / 4).Times(twiddle2);
        Cpx d = Cpx.At(data, 3 * span).Times(short.MaxValue / 4).Times(twiddle3);
        Cpx difference = a - c;
        Cpx sum = a + c;
        Cpx odd = b + d;
        Cpx turned = (b - d).TimesMinusI();
        (sum + odd).To(data, 0);
        (difference + turned).To(data, span);
        (sum - odd).To(data, 2 * span);
        (difference - turned).To(data, 3 * span);
    }

    // The samples went in as real and imaginary parts; this takes the two interleaved spectra apart and joins them.
    private static void SplitReference(ReadOnlySpan<short> data, ReadOnlySpan<short> splitQ15, Span<short> spectrum)
    {
        int half = data.Length / 2;
        SplitEnds(data, spectrum);
        for (int k = 1; k <= half / 2; k++)
        {
            Cpx here = Cpx.At(data, k).Times(short.MaxValue / 2);
            Cpx there = Cpx.At(data, half - k).Conjugate().Times(short.MaxValue / 2);
            Cpx sum = here + there;
            Cpx turned = (here - there).Times(splitQ15[(2 * k - 2)..]);
            new Cpx((sum.Re + turned.Re) >> 1, (sum.Im + turned.Im) >> 1).To(spectrum, k);
            new Cpx((sum.Re - turned.Re) >> 1, (turned.Im - sum.Im) >> 1).To(spectrum, half - k);
        }
    }

    private static void SplitEnds(ReadOnlySpan<short> data, Span<short> spectrum)
    {
        int half = data.Length / 2;
        Cpx first = Cpx.At(data, 0).Times(short.MaxValue / 2);
        new Cpx(first.Re + first.Im, 0).To(spectrum, 0);
        new Cpx(first.Re - first.Im, 0).To(spectrum, half);
    }

    private static short[] StageTwiddles(int span)
    {
        var twiddles = new short[6 * span];
        for (int q = 1; q <= 3; q++)
        {
            for (int k = 0; k < span; k++)
            {
                (int re, int im) = TwiddleDesign.Root(q * k, 4 * span, short.MaxValue);
                twiddles[2 * ((q - 1) * span + k)] = (short)re;
                twiddles[2 * ((q - 1) * span + k) + 1] = (short)im;
            }
        }

        return twiddles;
    }

    // [rows, k] complex to the operands of a vector's two products, four k at a time.
    private static short[] Pairs(short[] table, int rows)
    {
        int columns = table.Length / 2 / rows;
        if (columns < 4)
        {
            return []; // the span-2 stage stays plain
        }

        var pairs = new short[2 * table.Length];
        for (int i = 0; i < rows * columns; i++)
        {
            int k = i % columns;
            int at = 16 * (k / 4 * rows + i / columns) + 2 * (k % 4);
            (short re, short im) = (table[2 * i], table[2 * i + 1]);
            (pairs[at], pairs[at + 1], pairs[at + 8], pairs[at + 9]) = (re, (short)-im, im, re);
        }

        return pairs;
    }

    /// <summary>Which input stands at place i before the first stage of a transform whose other stages have radix 4.</summary>
    internal static int[] DigitReversal(int length, int firstRadix)
    {
        int[] order = [0];
        for (int radix = firstRadix; order.Length < length; radix = 4)
        {
            // A transform of radix·m places: its part q is the transform of every radix-th input from q on.
            var longer = new int[radix * order.Length];
            for (int place = 0; place < longer.Length; place++)
            {
                (int part, int within) = Math.DivRem(place, order.Length);
                longer[place] = order[within] * radix + part;
            }

            order = longer;
        }

        return order;
    }

    /// <summary>A complex number whose every result is cut to 16 bits, as kissfft's structures do.</summary>
    private readonly struct Cpx(int re, int im)
    {
        public readonly short Re = unchecked((short)re);
        public readonly short Im = unchecked((short)im);

        public static Cpx At(ReadOnlySpan<short> data, int i) => new(data[2 * i], data[2 * i + 1]);

        public static Cpx operator +(Cpx a, Cpx b) => new(a.Re + b.Re, a.Im + b.Im);

        public static Cpx operator -(Cpx a, Cpx b) => new(a.Re - b.Re, a.Im - b.Im);

        public void To(Span<short> data, int i) => (data[2 * i], data[2 * i + 1]) = (Re, Im);

        public Cpx Conjugate() => new(Re, -Im);

        public Cpx TimesMinusI() => new(Im, -Re);

        public Cpx Times(int factorQ15) => new(RoundQ15(Re * factorQ15), RoundQ15(Im * factorQ15));

        public Cpx Times(ReadOnlySpan<short> bQ15) =>
            new(RoundQ15(Re * bQ15[0] - Im * bQ15[1]), RoundQ15(Re * bQ15[1] + Im * bQ15[0]));

        private static int RoundQ15(int product) => unchecked(product + (1 << 14)) >> 15;
    }
}
