namespace Edge.Targets;

/// <summary>How .NET programs are published for a board.</summary>
/// <param name="RuntimeIdentifier">.NET's name of system and architecture: linux-arm64.</param>
/// <param name="Framework">The product's framework: net10.0.</param>
/// <param name="InstructionSet">
/// What NativeAOT may use beyond the architecture's baseline, by the names of .NET 10's compiler; empty for the baseline. A program stops at
/// its start on a processor that lacks one of them.
/// </param>
/// <param name="PackageArchitecture">Debian's name of the architecture: arm64.</param>
public sealed record PublishTarget(string RuntimeIdentifier, string Framework, IReadOnlyList<string> InstructionSet, string PackageArchitecture)
{
    /// <summary>The architecture alone, as .NET names it: x64, arm64 or arm.</summary>
    public string Architecture => RuntimeIdentifier[(RuntimeIdentifier.LastIndexOf('-') + 1)..];

    /// <summary>What /proc/cpuinfo must list, under "flags" on x64 and "Features" on ARM, for the programs to start; empty for the baseline.</summary>
    public IReadOnlyList<string> ProcessorFlags => InstructionSets.LinuxFlags(InstructionSet);
}
