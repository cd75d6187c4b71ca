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

    /// <summary>How `edge-serve` is run, which judges its configuration; null where it is not beside this one.</summary>
    public (string Path, string[] Arguments)? ServiceProgram { get; init; }

    /// <summary>Runs them one after the other.</summary>
    public IEnumerable<Finding> Run()
    {
        List<Finding> configuration = Configure(out ServiceSettings settings);
        string? device = Device ?? (settings.SourceKind == ServiceSettings.Alsa ? settings.Device ?? "default" : null);
        IEnumerable<IEnumerable<Finding>> checks =
        [
            ProcessorCheck.Run(machine, program, Kernels, ForcedKernels),
            MemoryCheck.Run(machine),
            HeatCheck.Run(machine),
            ClockCheck.Run(machine),
            configuration,
            StorageCheck.Run(machine, settings.Folders, ServiceCheck.IsInstalled(machine)),
            AudioCheck.Run(machine, device),
            MicrophoneCheck.Run(machine, device, ServiceCheck.IsRunning(machine)),
            OutputCheck.Run(machine, settings),
            ServiceCheck.Run(machine),
            MetricsCheck.Run(machine, settings, ServiceCheck.IsRunning(machine)),
            ModelCheck.Run(machine, Models.Count > 0 ? Models : settings.Models, Kernels),
        ];
        return checks.SelectMany(findings => findings);
    }

    private List<Finding> Configure(out ServiceSettings settings)
    {
        settings = ServiceSettings.None;
        string path = Configuration ?? machine.PathTo(ServiceCheck.Configuration);
        if (Configuration is null && !File.Exists(path))
        {
            return [];
        }

        try
        {
            settings = ServiceSettings.Read(path);
            bool asService = Environment.IsPrivilegedProcess || !ServiceCheck.IsInstalled(machine);
            return ConfigurationCheck.Run(path, settings, ServiceProgram, asService);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return [new Finding("configuration", Verdict.Fault, $"{path}: {e.Message}", "correct the file; `edge serve --check` tells all faults")];
        }
    }
}
