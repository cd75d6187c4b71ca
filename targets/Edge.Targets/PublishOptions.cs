using System.Runtime.InteropServices;

namespace Edge.Targets;

/// <summary>How a board is published, where that is not for the board to say.</summary>
public sealed record PublishOptions
{
    /// <summary>The framework whose NativeAOT compiler is used; null for the board's.</summary>
    public string? Framework { get; init; }

    /// <summary>For an installed .NET runtime, without NativeAOT.</summary>
    public bool IsPortable { get; init; }

    /// <summary>Architecture of the machine that publishes, as .NET names it: x64.</summary>
    public string HostArchitecture { get; init; } = RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();

    /// <summary>Folder that receives the programs; null for artifacts/NAME.</summary>
    public string? Output { get; init; }

    /// <summary>Folder with the board's own libraries; null for the one that its file names, if any.</summary>
    public string? SysRoot { get; init; }
}
