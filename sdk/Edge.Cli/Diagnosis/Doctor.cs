using System.Text.Json;
using Edge.Numerics;

namespace Edge.Cli.Diagnosis;

/// <summary>Every check of a board, in the order in which they are told.</summary>
/// <param name="machine">The computer.</param>
/// <param name="program">What this program was compiled for.</param>
internal sealed class Doctor(Machine machine, ProgramFeatures program)
{
    /// <summary>Model files to test in place of those that are installed.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>The service's configuration; null for the installed one, where there is one.</summary>
    public string? Configuration { get; init; }

    /// <summary>The device to listen to; null for the configured one.</summary>
    public string? Device { get; init; }

    /// <summary>Kernels of the models.</summary>
    public KernelSet Kernels { get; init; } = InstructionSet.Supported[0];

    /// <summary>The value of <see cref="InstructionSet.Variable"/>.</summary>
    public string? ForcedKernels { get; init; }

    /// <summary>Runs them one after the other.</summary>
    public IEnumerable<Finding> Run()
    {
        Finding? configuration = TryConfigure(out ServiceSettings settings);
        IEnumerable<IEnumerable<Finding>> checks =
        [
            ProcessorCheck.Run(machine, program, Kernels, ForcedKernels),
            MemoryCheck.Run(machine),
            HeatCheck.Run(machine),
            ClockCheck.Run(machine),
            configuration is null ? [] : [configuration],
            StorageCheck.Run(machine, settings.Folders, ServiceCheck.IsInstalled(machine)),
            AudioCheck.Run(machine, Device ?? (settings.SourceKind == "alsa" ? settings.Device ?? "default" : null)),
            OutputCheck.Run(machine, settings),
            ServiceCheck.Run(machine),
            ModelCheck.Run(machine, Models.Count > 0 ? Models : settings.Models, Kernels),
        ];
        return checks.SelectMany(findings => findings);
    }

    private Finding? TryConfigure(out ServiceSettings settings)
    {
        const string Name = "configuration";
        settings = ServiceSettings.None;
        string path = Configuration ?? machine.PathTo(ServiceCheck.Configuration);
        if (Configuration is null && !File.Exists(path))
        {
            return null;
        }

        try
        {
            settings = ServiceSettings.Read(path);
            return new Finding(Name, Verdict.Ok, $"{path}: {settings.Models.Count} models, source {settings.SourceKind ?? "not said"}", $"edge serve --check --config {path} checks every field");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return new Finding(Name, Verdict.Fault, $"{path}: {e.Message}", "correct the file; `edge serve --check` tells all faults");
        }
    }
}
