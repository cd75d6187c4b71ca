using System.Text.Json;

namespace Edge.Cli.Diagnosis;

/// <summary>Whether the service takes its configuration, by the service's own word.</summary>
internal static class ConfigurationCheck
{
    private const string Name = "configuration";
    private const int PatienceMs = 60_000; // a slow board tests every model
    private const string OfDevice = "device"; // the microphone is checked here, and the service itself may have it

    /// <param name="path">The configuration.</param>
    /// <param name="settings">What of it was read here.</param>
    /// <param name="service">How `edge-serve` is run; null where it is not beside this one.</param>
    /// <param name="asService">Whether this user sees what the service will see; another one lacks its folders and groups.</param>
    public static List<Finding> Run(string path, ServiceSettings settings, (string Path, string[] Arguments)? service, bool asService)
    {
        string found = $"{path}: {settings.Models.Count} models, source {settings.SourceKind}";
        if (service is not { } program || Ask(program.Path, [.. program.Arguments, "--check", "--json", "--config", path]) is not { } faults)
        {
            return [new Finding(Name, Verdict.Ok, found, $"edge serve --check --config {path}, which tests every field")];
        }

        (Verdict verdict, string advice) = asService
            ? (Verdict.Fault, "correct it; `edge serve --check` tells whether it is right")
            : (Verdict.Warning, $"perhaps only because {Environment.UserName} may see less than the service: sudo edge doctor");
        return faults.Count == 0 ? [new Finding(Name, Verdict.Ok, found)] : faults.ConvertAll(fault => new Finding(Name, verdict, $"{path}: {fault}", advice));
    }

    /// <summary>Runs the service's own check; null where it gives no answer.</summary>
    private static List<string>? Ask(string service, string[] arguments) => CapturedProgram.Run(service, arguments, PatienceMs) is { } answer
        ? Faults(answer.Output) ?? [answer.Errors.Trim()]
        : null;

    /// <summary>From {"file":…,"ok":…,"faults":[{"kind":…,"message":…}]}; null where that is not what came.</summary>
    private static List<string>? Faults(string report)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(report);
            var faults = new List<string>();
            foreach (JsonElement fault in json.RootElement.GetProperty("faults").EnumerateArray())
            {
                if (fault.GetProperty("kind").GetString() != OfDevice)
                {
                    faults.Add(fault.GetProperty("message").GetString() ?? "");
                }
            }

            return faults;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
