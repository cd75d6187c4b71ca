namespace Edge.Cli.Diagnosis;

/// <summary>Whether the service is installed, starts with the board, and runs.</summary>
internal static class ServiceCheck
{
    /// <summary>The package's configuration file.</summary>
    public const string Configuration = "/etc/edge/edge.json";

    private const string Name = "service";
    private const string Unit = "edge.service";
    private static readonly string[] UnitFolders = ["/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];
    private static readonly string[] ControlGroups = ["/sys/fs/cgroup/system.slice", "/sys/fs/cgroup/systemd/system.slice"];

    /// <summary>Whether the service's unit is on this machine.</summary>
    public static bool IsInstalled(Machine machine) => UnitFile(machine) is not null;

    /// <summary>Whether the service runs.</summary>
    public static bool IsRunning(Machine machine) => Processes(machine).Length > 0;

    public static IEnumerable<Finding> Run(Machine machine)
    {
        if (UnitFile(machine) is not { } unit)
        {
            yield return new Finding(Name, Verdict.Ok, $"no {Unit}: not installed as a service");
            yield break;
        }

        if (!machine.Exists("/run/systemd/system"))
        {
            yield return new Finding(Name, Verdict.Ok, $"{unit}; systemd does not run here, so nothing starts it");
            yield break;
        }

        string start = machine.Exists($"/etc/systemd/system/multi-user.target.wants/{Unit}") ? "starts with the board" : "does not start with the board";
        if (Processes(machine) is not [var process, ..])
        {
            yield return new Finding(Name, Verdict.Warning, $"{unit}, {start}, is not running", "systemctl status edge; journalctl -u edge -n 50; sudo systemctl enable --now edge");
        }
        else if (start[0] == 'd')
        {
            yield return new Finding(Name, Verdict.Warning, $"{unit} runs as process {process}, but {start}", "sudo systemctl enable edge");
        }
        else
        {
            yield return new Finding(Name, Verdict.Ok, $"{unit}, {start}, runs as process {process}");
        }
    }

    private static string? UnitFile(Machine machine)
    {
        string? folder = Array.Find(UnitFolders, folder => machine.Exists($"{folder}/{Unit}"));
        return folder is null ? null : $"{folder}/{Unit}";
    }

    private static string[] Processes(Machine machine)
    {
        string? group = Array.Find(ControlGroups, folder => machine.Exists($"{folder}/{Unit}/cgroup.procs"));
        return group is null ? [] : machine.Text($"{group}/{Unit}/cgroup.procs")?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [];
    }
}
