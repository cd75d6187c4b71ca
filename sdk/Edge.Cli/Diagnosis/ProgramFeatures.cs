using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Edge.Cli.Diagnosis;

/// <summary>What this program was compiled for; a NativeAOT program has the instructions of its compiler's options, and no others.</summary>
/// <param name="Architecture">The processor's family.</param>
/// <param name="Native">Whether it was compiled ahead of time; else for this very processor.</param>
/// <param name="Vectors">Whether it has vectors at all: SSE, NEON.</param>
/// <param name="DotProduct">Whether it has Arm's dot product.</param>
/// <param name="Avx2">Whether it has x86's 256-bit vectors.</param>
internal sealed record ProgramFeatures(Architecture Architecture, bool Native, bool Vectors, bool DotProduct, bool Avx2)
{
    /// <summary>Those of the program that runs.</summary>
    public static ProgramFeatures OfProcess() => new(
        RuntimeInformation.ProcessArchitecture,
        !RuntimeFeature.IsDynamicCodeSupported,
        Vector128.IsHardwareAccelerated,
        Dp.IsSupported,
        System.Runtime.Intrinsics.X86.Avx2.IsSupported);
}
