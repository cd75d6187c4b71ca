using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Inference.Kernels;

internal static partial class ElementwiseS16
{
    private const int Lanes512 = 16;

    /// <summary>Same as <see cref="Add"/>, sixteen elements at a time.</summary>
    public static void AddAvx512(ReadOnlySpan<short> a, ReadOnlySpan<short> b, in AddParameters parameters, Span<short> output)
    {
        output = output[..a.Length];
        var constants = new AddConstants(parameters);
        int vectorized = constants.AreExact ? b.Length - b.Length % Lanes512 : 0;
        ref short first = ref MemoryMarshal.GetReference(a);
        ref short second = ref MemoryMarshal.GetReference(b);
        ref short results = ref MemoryMarshal.GetReference(output);
        for (int start = 0; start + b.Length <= a.Length && b.Length > 0; start += b.Length)
        {
            for (int i = 0; i < vectorized; i += Lanes512)
            {
                Vector512<int> x = Avx512F.ConvertToVector512Int32(Vector256.LoadUnsafe(ref first, (nuint)(start + i)));
                Vector512<int> y = Avx512F.ConvertToVector512Int32(Vector256.LoadUnsafe(ref second, (nuint)i));
                Vector512<long> even = constants.Sum(x, y);
                Vector512<long> odd = constants.Sum(Vector512.ShiftRightLogical(x.AsInt64(), 32).AsInt32(), Vector512.ShiftRightLogical(y.AsInt64(), 32).AsInt32());
                Vector512<int> values = Avx512F.PermuteVar16x32x2(
                    even.AsInt32(), Vector512.Create(0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30), odd.AsInt32());
                Avx512F.ConvertToVector256Int16(values).StoreUnsafe(ref results, (nuint)(start + i));
            }

            if (vectorized < b.Length)
            {
                Add(a.Slice(start + vectorized, b.Length - vectorized), b[vectorized..], parameters, output[(start + vectorized)..]);
            }
        }
    }

    /// <summary>The numbers of an addition in vectors.</summary>
    /// <remarks>(x·2^20·m + 2^(30 − s)) >> (31 − s), as the inputs are rescaled, is (x·m + 2^(10 − s)) >> (11 − s) as long as s is at most 10.</remarks>
    private readonly struct AddConstants
    {
        private readonly Vector512<int> multiplier1, multiplier2, outputMultiplier;
        private readonly Vector512<long> rounding1, rounding2, outputRounding, zeroPoint, min, max;
        private readonly int right1, right2, outputRight;

        public AddConstants(in AddParameters parameters)
        {
            AreExact = parameters.Scale1.Shift < 31 - AddParameters.LeftShift && parameters.Scale2.Shift < 31 - AddParameters.LeftShift;
            if (!AreExact)
            {
                return;
            }

            (multiplier1, rounding1, right1) = Input(parameters.Scale1);
            (multiplier2, rounding2, right2) = Input(parameters.Scale2);
            (outputMultiplier, outputRounding, outputRight) =
                (Vector512.Create(parameters.OutputScale.Multiplier), Vector512.Create(1L << (30 - parameters.OutputScale.Shift)), 15 - parameters.OutputScale.Shift);
            zeroPoint = Vector512.Create((long)parameters.OutputZeroPoint);
            (min, max) = (Vector512.Create((long)parameters.ActivationMin), Vector512.Create((long)parameters.ActivationMax));
        }

        /// <summary>Whether the inputs' shifts allow this form.</summary>
        public bool AreExact { get; }

        /// <summary>The results of the elements in even lanes, in 64 bits.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<long> Sum(Vector512<int> x, Vector512<int> y)
        {
            Vector512<long> sum = Vector512.ShiftRightArithmetic(Avx512F.Multiply(x, multiplier1) + rounding1, right1)
                + Vector512.ShiftRightArithmetic(Avx512F.Multiply(y, multiplier2) + rounding2, right2);
            Vector512<long> high = Avx512F.Multiply(Vector512.ShiftRightArithmetic(sum, 16).AsInt32(), outputMultiplier);
            Vector512<long> low = Avx512F.Multiply((sum & Vector512.Create(0xFFFFL)).AsInt32(), outputMultiplier) + outputRounding;
            Vector512<long> scaled = Vector512.ShiftRightArithmetic(high + Vector512.ShiftRightArithmetic(low, 16), outputRight) + zeroPoint;
            return Vector512.Min(Vector512.Max(scaled, min), max);
        }

        private static (Vector512<int> Multiplier, Vector512<long> Rounding, int Right) Input(Rescale scale)
        {
            int right = 31 - AddParameters.LeftShift - scale.Shift;
            return (Vector512.Create(scale.Multiplier), Vector512.Create(1L << (right - 1)), right);
        }
    }
}
