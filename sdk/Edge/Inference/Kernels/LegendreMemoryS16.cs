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
                MatrixVectorS16.Reference(state, parameters.StateMatrix, sums);
                break;
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

        Finish(input, parameters, sums, state);
    }

    private static void Finish(int input, LegendreMemoryParameters parameters, ReadOnlySpan<int> sums, Span<short> state)
    {
        for (int i = 0; i < state.Length; i++)
        {
            int bits = parameters.FractionBits[i];
            int sum = sums[i] + (int)parameters.InputProduct(input, i) + ((1 << bits) >> 1);
            state[i] = FixedPoint.SaturateToInt16(sum >> bits);
        }
    }
}
