using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Numerics;

/// <summary>A family of kernel variants; every family gives the same bits.</summary>
public enum KernelSet
{
    /// <summary>The plain loops that define each kernel.</summary>
    Reference,

    /// <summary>Portable 128-bit vectors: NEON on Arm, SSE on x86.</summary>
    Vector128,

    /// <summary>256-bit vectors of x86.</summary>
    Avx2,

    /// <summary>512-bit vectors of x86 with 8- and 16-bit lanes (AVX-512BW).</summary>
    Avx512,
}

/// <summary>Which kernels this process uses.</summary>
/// <remarks>
/// A NativeAOT program decides at compile time what <see cref="Supported"/> holds; the board's instruction set is then the answer.
/// </remarks>
public static class InstructionSet
{
    /// <summary>Environment variable that forces a set: reference, vector128, avx2 or avx512.</summary>
    public const string Variable = "EDGE_KERNELS";

    private static KernelSet? best;

    /// <summary>What processor and program support, fastest first; <see cref="KernelSet.Reference"/> is always last.</summary>
    public static IReadOnlyList<KernelSet> Supported { get; } = FindSupported();

    /// <summary>The set to use: the one that <see cref="Variable"/> names, else the fastest supported one.</summary>
    /// <exception cref="InvalidOperationException">The variable names no set, or one that this processor or program lacks.</exception>
    public static KernelSet Best => best ??= Choose(Environment.GetEnvironmentVariable(Variable));

    /// <summary>Whether processor and program support a set.</summary>
    public static bool IsSupported(KernelSet set) => Supported.Contains(set);

    /// <summary>The set that <paramref name="name"/> forces; the fastest supported one where it is null or empty.</summary>
    /// <exception cref="InvalidOperationException">The name is unknown, or names a set that is not supported here.</exception>
    internal static KernelSet Choose(string? name) => Choose(name, Supported);

    /// <summary>The same among given sets, fastest first.</summary>
    internal static KernelSet Choose(string? name, IReadOnlyList<KernelSet> supported)
    {
        if (string.IsNullOrEmpty(name))
        {
            return supported[0];
        }

        KernelSet set = name.ToLowerInvariant() switch
        {
            "reference" => KernelSet.Reference,
            "vector128" => KernelSet.Vector128,
            "avx2" => KernelSet.Avx2,
            "avx512" => KernelSet.Avx512,
            _ => throw new InvalidOperationException(
                $"{Variable} is '{name}'; expected reference, vector128, avx2 or avx512. Correct it or unset it."),
        };
        return supported.Contains(set) ? set : throw new InvalidOperationException(
            $"{Variable} is '{name}', which this processor or this build of the program does not have; "
            + $"it has {string.Join(", ", supported).ToLowerInvariant()}. Choose one of these or unset the variable.");
    }

    private static List<KernelSet> FindSupported()
    {
        var sets = new List<KernelSet>();
        if (Avx512BW.IsSupported)
        {
            sets.Add(KernelSet.Avx512);
        }

        if (Avx2.IsSupported)
        {
            sets.Add(KernelSet.Avx2);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            sets.Add(KernelSet.Vector128);
        }

        sets.Add(KernelSet.Reference);
        return sets;
    }
}
