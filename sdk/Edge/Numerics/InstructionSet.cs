using System.Runtime.Intrinsics.X86;

namespace Edge.Numerics;

/// <summary>The sets of kernels that there are, slowest first.</summary>
public enum KernelSet
{
    /// <summary>Plain loops: the definition of every kernel.</summary>
    Reference,

    /// <summary>Portable 128-bit vectors: what Arm boards run.</summary>
    Vector128,

    /// <summary>x86 with AVX2.</summary>
    Avx2,

    /// <summary>x86 with AVX-512 BW.</summary>
    Avx512,
}

/// <summary>Chooses the kernels.</summary>
public static class InstructionSet
{
    /// <summary>Name of the environment variable that forces a set: reference, vector128, avx2 or avx512.</summary>
    public const string Variable = "EDGE_KERNELS";

    /// <summary>The fastest set this processor and build support, or the one that EDGE_KERNELS names.</summary>
    /// <exception cref="PlatformNotSupportedException">EDGE_KERNELS names a set that is unknown or not supported here.</exception>
    public static KernelSet Best { get; } = Choose(Environment.GetEnvironmentVariable(Variable));

    /// <summary>Every set that this processor and build support, slowest first.</summary>
    public static IReadOnlyList<KernelSet> Supported { get; } = [.. Enum.GetValues<KernelSet>().Where(IsSupported)];

    /// <summary>Whether the processor has the instructions and the build was compiled for them.</summary>
    public static bool IsSupported(KernelSet set) => set switch
    {
        KernelSet.Avx512 => Avx512BW.IsSupported,
        KernelSet.Avx2 => Avx2.IsSupported,
        _ => true,
    };

    internal static KernelSet Choose(string? wanted)
    {
        if (string.IsNullOrEmpty(wanted))
        {
            return IsSupported(KernelSet.Avx512) ? KernelSet.Avx512 : IsSupported(KernelSet.Avx2) ? KernelSet.Avx2 : KernelSet.Vector128;
        }

        if (!Enum.TryParse(wanted, ignoreCase: true, out KernelSet set) || !Enum.IsDefined(set))
        {
            throw new PlatformNotSupportedException($"{Variable} is '{wanted}'; expected reference, vector128, avx2 or avx512.");
        }

        return IsSupported(set) ? set : throw new PlatformNotSupportedException(
            $"{Variable} is '{wanted}'; this processor lacks it, or the program was compiled without it. Supported: {string.Join(", ", Supported).ToLowerInvariant()}.");
    }
}
