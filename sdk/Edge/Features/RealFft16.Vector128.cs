using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Features;

internal sealed partial class RealFft16
{
    // Four complex numbers a vector; the AVX sets use them too, as the transform is only a third of a frame's work.
    // A radix-2 first stage and the span-2 stage behind it are narrower than a vector and stay plain.
    private void FirstStageVector128(ReadOnlySpan<short> samples, int shift)
    {
        int quarter = half / 4;
        ref int from = ref Unsafe.As<short, int>(ref MemoryMarshal.GetReference(samples[..(2 * half)]));
        ref int to = ref Unsafe.As<short, int>(ref MemoryMarshal.GetArrayDataReference(work));
        for (int i = 0; i < quarter; i += 4)
        {
            Vector128<short> a = Quartered(ref from, i, shift);
            Vector128<short> b = Quartered(ref from, i + quarter, shift);
            Vector128<short> c = Quartered(ref from, i + 2 * quarter, shift);
            Vector128<short> d = Quartered(ref from, i + 3 * quarter, shift);

            // The twiddles are 32767/32768, and |x|·32767/32768 rounds to x where |x| is at most 8192: nothing to multiply.
            Butterfly(ref a, ref b, ref c, ref d);

            // Lane by lane these are four blocks of four, which digit reversal spreads.
            Vector128<int> acLow = VectorFixedPoint.InterleaveLow(a.AsInt32(), b.AsInt32());
            Vector128<int> bdLow = VectorFixedPoint.InterleaveLow(c.AsInt32(), d.AsInt32());
            Vector128<int> acHigh = VectorFixedPoint.InterleaveHigh(a.AsInt32(), b.AsInt32());
            Vector128<int> bdHigh = VectorFixedPoint.InterleaveHigh(c.AsInt32(), d.AsInt32());
            Vector128.Create(acLow.GetLower(), bdLow.GetLower()).StoreUnsafe(ref to, (nuint)blocks[i]);
            Vector128.Create(acLow.GetUpper(), bdLow.GetUpper()).StoreUnsafe(ref to, (nuint)blocks[i + 1]);
            Vector128.Create(acHigh.GetLower(), bdHigh.GetLower()).StoreUnsafe(ref to, (nuint)blocks[i + 2]);
            Vector128.Create(acHigh.GetUpper(), bdHigh.GetUpper()).StoreUnsafe(ref to, (nuint)blocks[i + 3]);
        }
    }

    private static void StageVector128(short[] data, int span, short[] pairs)
    {
        ref int x = ref Unsafe.As<short, int>(ref MemoryMarshal.GetArrayDataReference(data));
        ref short w = ref MemoryMarshal.GetArrayDataReference(pairs);
        for (int k = 0; k < span; k += 4)
        {
            nuint at = 12 * (nuint)k;
            Vector128<short> re1 = Vector128.LoadUnsafe(ref w, at);
            Vector128<short> im1 = Vector128.LoadUnsafe(ref w, at + 8);
            Vector128<short> re2 = Vector128.LoadUnsafe(ref w, at + 16);
            Vector128<short> im2 = Vector128.LoadUnsafe(ref w, at + 24);
            Vector128<short> re3 = Vector128.LoadUnsafe(ref w, at + 32);
            Vector128<short> im3 = Vector128.LoadUnsafe(ref w, at + 40);
            for (int i = k; i < data.Length / 2; i += 4 * span)
            {
                Vector128<short> a = Quartered(ref x, i);
                Vector128<short> b = Multiply(Quartered(ref x, i + span), re1, im1);
                Vector128<short> c = Multiply(Quartered(ref x, i + 2 * span), re2, im2);
                Vector128<short> d = Multiply(Quartered(ref x, i + 3 * span), re3, im3);
                Butterfly(ref a, ref b, ref c, ref d);
                a.AsInt32().StoreUnsafe(ref x, (nuint)i);
                b.AsInt32().StoreUnsafe(ref x, (nuint)(i + span));
                c.AsInt32().StoreUnsafe(ref x, (nuint)(i + 2 * span));
                d.AsInt32().StoreUnsafe(ref x, (nuint)(i + 3 * span));
            }
        }
    }

    private void SplitVector128(Span<short> spectrum)
    {
        SplitEnds(work, spectrum);
        ref int x = ref Unsafe.As<short, int>(ref MemoryMarshal.GetArrayDataReference(work));
        ref int y = ref Unsafe.As<short, int>(ref MemoryMarshal.GetReference(spectrum[..(2 * half + 2)]));
        ref short w = ref MemoryMarshal.GetArrayDataReference(splitPairs);
        Vector128<short> halfQ15 = Vector128.Create((short)(short.MaxValue / 2));
        for (int k = 1; k <= half / 2; k += 4)
        {
            int mirrored = half - k - 3;
            Vector128<short> here = Vector128.LoadUnsafe(ref x, (nuint)k).AsInt16();
            Vector128<short> there = Reverse(Vector128.LoadUnsafe(ref x, (nuint)mirrored)).AsInt16();
            here = VectorFixedPoint.MultiplyRoundedQ15(here, halfQ15);
            there = VectorFixedPoint.MultiplyRoundedQ15(NegateOdd(there), halfQ15);
            Vector128<short> sum = here + there;
            nuint at = 4 * (nuint)(k - 1);
            Vector128<short> turned = Multiply(here - there, Vector128.LoadUnsafe(ref w, at), Vector128.LoadUnsafe(ref w, at + 8));

            // floor((a + b)/2) and floor((a - b)/2) without a seventeenth bit.
            Vector128<short> mean = (sum & turned) + ((sum ^ turned) >> 1);
            Vector128<short> minuend = Vector128.ConditionalSelect(OddLanes, turned, sum);
            Vector128<short> subtrahend = Vector128.ConditionalSelect(OddLanes, sum, turned);
            Vector128<short> difference = ((minuend ^ subtrahend) >> 1) - Vector128.AndNot(subtrahend, minuend);
            mean.AsInt32().StoreUnsafe(ref y, (nuint)k);
            Reverse(difference.AsInt32()).StoreUnsafe(ref y, (nuint)mirrored); // last: the middle bin keeps this one, as in the reference
        }
    }

    private static Vector128<short> OddLanes => Vector128.Create(unchecked((int)0xFFFF0000)).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Quartered(ref int x, int i, int shift = 0) => VectorFixedPoint.MultiplyRoundedQ15(
        Vector128.LoadUnsafe(ref x, (nuint)i).AsInt16() << shift, Vector128.Create((short)(short.MaxValue / 4)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Reverse(Vector128<int> x) => Vector128.Shuffle(x, Vector128.Create(3, 2, 1, 0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> NegateOdd(Vector128<short> x) => (x ^ OddLanes) - OddLanes;

    // x·w, where re holds (w.re, -w.im) and im holds (w.im, w.re).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Multiply(Vector128<short> x, Vector128<short> re, Vector128<short> im)
    {
        Vector128<int> half = Vector128.Create(1 << 14);
        Vector128<int> products = (VectorFixedPoint.DotPairs(x, re) + half) >>> 15;
        Vector128<int> crossed = (VectorFixedPoint.DotPairs(x, im) + half) << 1;
        return Vector128.ConditionalSelect(OddLanes, crossed.AsInt16(), products.AsInt16());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Butterfly(ref Vector128<short> a, ref Vector128<short> b, ref Vector128<short> c, ref Vector128<short> d)
    {
        Vector128<short> difference = a - c;
        Vector128<short> sum = a + c;
        Vector128<short> odd = b + d;
        Vector128<int> swap = (b - d).AsInt32();
        Vector128<short> turned = NegateOdd(((swap >>> 16) | (swap << 16)).AsInt16()); // times -i
        a = sum + odd;
        b = difference + turned;
        c = sum - odd;
        d = difference - turned;
    }
}
