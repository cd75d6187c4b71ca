using System.Runtime.Intrinsics;

namespace Edge.Audio;

/// <summary>The inner product of a resampler: exact, so every variant gives the same bits.</summary>
internal static partial class PolyphaseKernel
{
    /// <summary>Taps are a multiple of this.</summary>
    public const int Step = 8;

    /// <summary>The fastest variant of this machine.</summary>
    /// <param name="samples">[taps].</param>
    /// <param name="coefficients">[taps].</param>
    public static long Dot(ReadOnlySpan<short> samples, ReadOnlySpan<int> coefficients) =>
        Vector128.IsHardwareAccelerated ? DotVector128(samples, coefficients) : DotReference(samples, coefficients);

    /// <summary>The definition.</summary>
    public static long DotReference(ReadOnlySpan<short> samples, ReadOnlySpan<int> coefficients)
    {
        long sum = 0;
        for (int i = 0; i < coefficients.Length; i++)
        {
            sum += (long)samples[i] * coefficients[i];
        }

        return sum;
    }
}
