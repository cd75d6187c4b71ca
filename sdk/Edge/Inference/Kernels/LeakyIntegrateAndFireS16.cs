using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>The numbers of leaky integrate-and-fire neurons.</summary>
/// <param name="Leak">Factor of the membrane from one frame to the next: 1 − 1/τ.</param>
/// <param name="Charge">From the input to the membrane: input scale over membrane scale and τ.</param>
/// <param name="Threshold">The membrane from which on a neuron fires, 1 to 32,767.</param>
internal sealed record LeakyIntegrateAndFireParameters(Rescale Leak, Rescale Charge, int Threshold);

/// <summary>Leaky integrate-and-fire neurons with hard reset, one step of time a frame; the membrane is int16.</summary>
/// <remarks>v += (x − v)/τ; where v ≥ threshold the neuron fires and v = 0. Source: Fang et al., "SpikingJelly" (2023), LIFNode with decay_input.</remarks>
internal static class LeakyIntegrateAndFireS16
{
    /// <summary>The definition, one frame.</summary>
    /// <param name="input">[neurons], without zero point.</param>
    /// <param name="parameters">Leak, charge, threshold.</param>
    /// <param name="membrane">[neurons]; moves on by one frame.</param>
    /// <param name="spikes">[neurons]: 1 where the neuron fires, else 0.</param>
    public static void Reference(ReadOnlySpan<short> input, LeakyIntegrateAndFireParameters parameters, Span<short> membrane, Span<sbyte> spikes)
    {
        for (int i = 0; i < spikes.Length; i++)
        {
            short v = FixedPoint.SaturateToInt16(parameters.Leak.Apply(membrane[i]) + parameters.Charge.Apply(input[i]));
            bool fires = v >= parameters.Threshold;
            spikes[i] = (sbyte)(fires ? 1 : 0);
            membrane[i] = fires ? (short)0 : v;
        }
    }

    /// <summary>Same as <see cref="Reference"/>, eight neurons at a time.</summary>
    public static void RunVector128(ReadOnlySpan<short> input, LeakyIntegrateAndFireParameters parameters, Span<short> membrane, Span<sbyte> spikes)
    {
        int vectorized = spikes.Length - spikes.Length % Vector128<short>.Count;
        ref short x = ref MemoryMarshal.GetReference(input);
        ref short m = ref MemoryMarshal.GetReference(membrane);
        Vector128<short> threshold = Vector128.Create((short)parameters.Threshold);
        Vector128<int> low = Vector128.Create((int)short.MinValue), high = Vector128.Create((int)short.MaxValue);
        for (int i = 0; i < vectorized; i += Vector128<short>.Count)
        {
            (Vector128<int> x0, Vector128<int> x1) = Vector128.Widen(Vector128.LoadUnsafe(ref x, (nuint)i));
            (Vector128<int> m0, Vector128<int> m1) = Vector128.Widen(Vector128.LoadUnsafe(ref m, (nuint)i));
            m0 = Vector128.Min(Vector128.Max(parameters.Leak.Apply(m0) + parameters.Charge.Apply(x0), low), high);
            m1 = Vector128.Min(Vector128.Max(parameters.Leak.Apply(m1) + parameters.Charge.Apply(x1), low), high);
            Vector128<short> v = Vector128.Narrow(m0, m1);
            Vector128<short> fires = Vector128.GreaterThanOrEqual(v, threshold);
            Vector128.AndNot(v, fires).StoreUnsafe(ref m, (nuint)i);
            Vector128<sbyte> ones = Vector128.Narrow(-fires, Vector128<short>.Zero);
            ones.GetLower().StoreUnsafe(ref MemoryMarshal.GetReference(spikes), (nuint)i);
        }

        Reference(input[vectorized..], parameters, membrane[vectorized..], spikes[vectorized..]);
    }
}
