using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>The numbers of a Legendre memory: m = A·m + B·u, each row of A with a number of fraction bits of its own.</summary>
/// <param name="StateMatrix">A, [order, order].</param>
/// <param name="FractionBits">Fraction bits of each row of A, 0 to 15, [order].</param>
/// <param name="InputVector">B, [order].</param>
/// <param name="InputShifts">Left shift, right where negative, of B's products to the row's fraction bits, -15 to 15, [order].</param>
internal sealed record LegendreMemoryParameters(short[] StateMatrix, int[] FractionBits, short[] InputVector, int[] InputShifts)
{
    /// <summary>Coefficients of the memory.</summary>
    public int Order => InputVector.Length;

    /// <summary>2^shift of B's products that are shifted left, else 1.</summary>
    public int[] InputFactors { get; } = Array.ConvertAll(InputShifts, shift => 1 << Math.Max(shift, 0));

    /// <summary>Right shift of B's products, 0 where they are shifted left.</summary>
    public int[] InputRightShifts { get; } = Array.ConvertAll(InputShifts, shift => Math.Max(-shift, 0));

    /// <summary>What rounds B's products to nearest as they are shifted right.</summary>
    public int[] InputHalves { get; } = Array.ConvertAll(InputShifts, shift => shift < 0 ? 1 << (-shift - 1) : 0);

    /// <summary>What rounds the rows' sums to nearest.</summary>
    public int[] Halves { get; } = Array.ConvertAll(FractionBits, bits => (1 << bits) >> 1);

    /// <summary>A bound of what a row's accumulator holds on the way, whatever the state: Σ |A|·2^15, B's product, and what rounding adds.</summary>
    /// <param name="row">A row.</param>
    /// <param name="largestInput">Bound of the input's magnitude, without its zero point.</param>
    public long Bound(int row, int largestInput)
    {
        long sum = 0;
        foreach (short a in StateMatrix.AsSpan(row * Order, Order))
        {
            sum += Math.Abs((int)a);
        }

        return (sum << 15) + Math.Abs(InputProduct(largestInput, row)) + (1 << FractionBits[row]);
    }

    /// <summary>B·u in the row's fraction bits, to nearest; 32 bits hold it in a layer whose bound was checked.</summary>
    public long InputProduct(int input, int row)
    {
        (long product, int shift) = ((long)input * InputVector[row], InputShifts[row]);
        return shift >= 0 ? product << shift : (product + (1L << (-shift - 1))) >> -shift;
    }
}

/// <summary>
/// Legendre memory: the last frames of one signal as coefficients of Legendre polynomials, a linear recurrence with a state of int16.
/// </summary>
/// <remarks>
/// Source: Voelker, Kajić, Eliasmith, "Legendre memory units: continuous-time representation in recurrent neural networks" (2019), discretized with
/// zero-order hold at the workbench. Accumulators have 32 bits and cannot overflow in a layer whose rows have been checked by
/// <see cref="LegendreMemoryParameters.Bound"/>.
/// </remarks>
internal static class LegendreMemoryS16
{
    /// <summary>The definition, one step: state[i] = clamp16((Σ A[i, j]·state[j] + B[i]·input + 1/2) / 2^bits[i]), rounded down.</summary>
    /// <param name="input">The frame's value without its zero point.</param>
    /// <param name="parameters">The matrices.</param>
    /// <param name="state">[order]; moves on by one step.</param>
    /// <param name="sums">[order] of scratch.</param>
    public static void Reference(int input, LegendreMemoryParameters parameters, Span<short> state, Span<int> sums)
    {
        MatrixVectorS16.Reference(state, parameters.StateMatrix, sums);
        Finish(input, parameters, sums, state);
    }

    /// <summary>Same as <see cref="Reference"/>, by the widest vectors that a set of kernels has.</summary>
    public static void Run(KernelSet kernels, int input, LegendreMemoryParameters parameters, Span<short> state, Span<int> sums)
    {
        switch (kernels)
        {
            case KernelSet.Reference:
                Reference(input, parameters, state, sums);
                return;
            case KernelSet.Vector128:
                MatrixVectorS16.RunVector128(state, parameters.StateMatrix, sums);
                break;
            case KernelSet.Avx2:
                MatrixVectorS16.RunAvx2(state, parameters.StateMatrix, sums);
                break;
            default:
                MatrixVectorS16.RunAvx512(state, parameters.StateMatrix, sums);
                break;
        }

        FinishVector128(input, parameters, sums, state);
    }

    private static void Finish(int input, LegendreMemoryParameters parameters, ReadOnlySpan<int> sums, Span<short> state, int first = 0)
    {
        for (int i = first; i < state.Length; i++)
        {
            int bits = parameters.FractionBits[i];
            int sum = sums[i] + (int)parameters.InputProduct(input, i) + ((1 << bits) >> 1);
            state[i] = FixedPoint.SaturateToInt16(sum >> bits);
        }
    }

    /// <summary>The same eight rows at a time; nothing of it leaves 32 bits in a layer whose bound was checked.</summary>
    private static void FinishVector128(int input, LegendreMemoryParameters parameters, ReadOnlySpan<int> sums, Span<short> state)
    {
        int vectorized = state.Length - state.Length % Vector128<short>.Count;
        for (int i = 0; i < vectorized; i += Vector128<short>.Count)
        {
            (Vector128<int> low, Vector128<int> high) = Vector128.Widen(Vector128.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(parameters.InputVector), (nuint)i));
            low = FinishFour(input, low, parameters, sums, i);
            high = FinishFour(input, high, parameters, sums, i + 4);
            Vector128.Narrow(low, high).StoreUnsafe(ref MemoryMarshal.GetReference(state), (nuint)i);
        }

        Finish(input, parameters, sums, state, vectorized);
    }

    private static Vector128<int> FinishFour(int input, Vector128<int> weights, LegendreMemoryParameters parameters, ReadOnlySpan<int> sums, int row)
    {
        Vector128<int> product = weights * input * Load(parameters.InputFactors, row) + Load(parameters.InputHalves, row);
        product = VectorFixedPoint.ShiftRightArithmetic(product, Load(parameters.InputRightShifts, row));
        Vector128<int> sum = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(sums), (nuint)row) + product + Load(parameters.Halves, row);
        Vector128<int> value = VectorFixedPoint.ShiftRightArithmetic(sum, Load(parameters.FractionBits, row));
        return Vector128.Min(Vector128.Max(value, Vector128.Create((int)short.MinValue)), Vector128.Create((int)short.MaxValue));
    }

    private static Vector128<int> Load(int[] values, int row) => Vector128.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(values), (nuint)row);
}
