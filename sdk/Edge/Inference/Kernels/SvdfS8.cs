using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>The numbers of a layer of filters, each a product of one vector over features and one over time.</summary>
/// <param name="FeatureWeights">[filters, features].</param>
/// <param name="FeatureBias">[filters]: what folding the input's zero point gives.</param>
/// <param name="TimeWeights">[filters, memory].</param>
/// <param name="Bias">[units]; filters / units of them, one after another, belong to a unit.</param>
/// <param name="FeatureScale">From a filter's sum over features to its state.</param>
/// <param name="TimeScale">From a unit's sum over time to the output.</param>
/// <param name="OutputZeroPoint">The integer that means 0 in the output.</param>
/// <param name="ActivationMin">Smallest output.</param>
/// <param name="ActivationMax">Largest output.</param>
internal sealed record SvdfParameters(
    sbyte[] FeatureWeights, int[] FeatureBias, short[] TimeWeights, int[] Bias, Rescale FeatureScale, Rescale TimeScale,
    int OutputZeroPoint, int ActivationMin, int ActivationMax)
{
    /// <summary>Steps that a filter's state remembers, the newest among them.</summary>
    public int Memory => TimeWeights.Length / FeatureBias.Length;

    public sbyte Finish(int sum, int unit) => (sbyte)Math.Clamp(TimeScale.Apply(Bias[unit] + sum) + OutputZeroPoint, ActivationMin, ActivationMax);
}

/// <summary>int8 SVDF, a fully connected layer over features and time by filters of rank one, with a state of int16.</summary>
/// <remarks>
/// Sums are modulo 2^32. Source: TensorFlow Lite's integer reference kernel for SVDF; Nakkiran, Alvarez, Prabhavalkar, Parada, "Compressing deep
/// neural networks using a rank-constrained topology" (2015).
/// </remarks>
internal static class SvdfS8
{
    private const int Lanes = 8;

    /// <summary>The definition, one step.</summary>
    /// <param name="input">[features].</param>
    /// <param name="parameters">Weights and scales.</param>
    /// <param name="state">[filters, memory], each filter's newest value last; moves on by one step.</param>
    /// <param name="output">[units].</param>
    /// <param name="sums">[filters] of scratch.</param>
    public static void Reference(ReadOnlySpan<sbyte> input, SvdfParameters parameters, Span<short> state, Span<sbyte> output, Span<int> sums)
    {
        MatrixVectorS8.Reference(input, parameters.FeatureWeights, parameters.FeatureBias, sums);
        Remember(sums, parameters, state);
        int taps = state.Length / output.Length;
        for (int u = 0; u < output.Length; u++)
        {
            output[u] = parameters.Finish(Products(parameters.TimeWeights.AsSpan(u * taps, taps), state.Slice(u * taps, taps)), u);
        }
    }

    /// <summary>Same as <see cref="Reference"/>, eight elements at a time.</summary>
    public static void RunVector128(ReadOnlySpan<sbyte> input, SvdfParameters parameters, Span<short> state, Span<sbyte> output, Span<int> sums)
    {
        MatrixVectorS8.RunVector128(input, parameters.FeatureWeights, parameters.FeatureBias, sums);
        Remember(sums, parameters, state);
        int taps = state.Length / output.Length;
        for (int u = 0; u < output.Length; u++)
        {
            output[u] = parameters.Finish(ProductsVector128(parameters.TimeWeights.AsSpan(u * taps, taps), state.Slice(u * taps, taps)), u);
        }
    }

    private static void Remember(ReadOnlySpan<int> sums, SvdfParameters parameters, Span<short> state)
    {
        // All filters move at once: what a filter's last place takes from the next filter is written over.
        state[1..].CopyTo(state);
        int memory = parameters.Memory;
        for (int f = 0; f < sums.Length; f++)
        {
            state[f * memory + memory - 1] = FixedPoint.SaturateToInt16(parameters.FeatureScale.Apply(sums[f]));
        }
    }

    private static int Products(ReadOnlySpan<short> weights, ReadOnlySpan<short> state)
    {
        int sum = 0;
        for (int k = 0; k < weights.Length; k++)
        {
            sum += weights[k] * state[k];
        }

        return sum;
    }

    private static int ProductsVector128(ReadOnlySpan<short> weights, ReadOnlySpan<short> state)
    {
        ref short w = ref MemoryMarshal.GetReference(weights);
        ref short s = ref MemoryMarshal.GetReference(state);
        int vectorized = weights.Length - weights.Length % Lanes;
        Vector128<int> sum = Vector128<int>.Zero;
        for (int k = 0; k < vectorized; k += Lanes)
        {
            sum += VectorFixedPoint.DotPairs(Vector128.LoadUnsafe(ref w, (nuint)k), Vector128.LoadUnsafe(ref s, (nuint)k));
        }

        return Vector128.Sum(sum) + Products(weights[vectorized..], state[vectorized..]);
    }
}
