namespace Edge.Cli.Diagnosis;

/// <summary>Whether the folders that the service writes to exist, may be written to and have room.</summary>
internal static class StorageCheck
{
    /// <summary>Where the service keeps events unless it is told otherwise.</summary>
    public const string StateFolder = "/var/lib/edge";

    private const string Name = "storage";
    private const long LittleMegabytes = 200;
    private const long TooLittleMegabytes = 20;

    /// <param name="machine">The computer.</param>
    /// <param name="folders">Folders that the configuration names.</param>
    /// <param name="installed">Whether the service is installed, which makes its folders itself.</param>
    public static IEnumerable<Finding> Run(Machine machine, IReadOnlyList<string> folders, bool installed)
    {
        foreach (string folder in folders.Count == 0 ? [StateFolder] : folders)
        {
            yield return Check(machine, folder, installed || folders.Count == 0);
        }
    }

    private static Finding Check(Machine machine, string folder, bool madeByService)
    {
        string path = machine.PathTo(folder);
        bool ofService = folder.StartsWith("/var/lib/", StringComparison.Ordinal) || folder.StartsWith("/run/", StringComparison.Ordinal);
        if (!Directory.Exists(path))
        {
            return madeByService && ofService
                ? new Finding(Name, Verdict.Ok, $"{folder} is not there, or not to be seen by this user; the service makes it when it starts")
                : new Finding(Name, Verdict.Fault, $"{folder} does not exist; actions are configured to write there", $"sudo mkdir -p {folder}");
        }

        if (Unwritable(path) is { } problem)
        {
            // systemd gives the folder to the service's own user.
            return ofService && !Environment.IsPrivilegedProcess
                ? new Finding(Name, Verdict.Ok, $"{folder} may not be written to by {Environment.UserName}; it belongs to the service", "sudo edge doctor, to see whether it can be written to")
                : new Finding(Name, Verdict.Fault, $"{folder} cannot be written to: {problem}", "a file system that is full or mounted read-only (`mount`, `dmesg`; a worn SD card turns read-only), or the folder's owner");
        }

        return OfFreeSpace(folder, new DriveInfo(path).AvailableFreeSpace / (1024 * 1024));
    }

    /// <summary>What a folder with so much room means.</summary>
    internal static Finding OfFreeSpace(string folder, long megabytes)
    {
        Verdict verdict = megabytes < TooLittleMegabytes ? Verdict.Fault : megabytes < LittleMegabytes ? Verdict.Warning : Verdict.Ok;
        string? advice = verdict == Verdict.Ok ? null : "make room: `sudo apt-get clean`, `sudo journalctl --vacuum-size=50M`, older events";
        return new Finding(Name, verdict, $"{folder}: can be written to, {megabytes} MB free", advice);
    }

    /// <summary>Why nothing can be written to a folder; null where something was.</summary>
    private static string? Unwritable(string folder)
    {
        string probe = Path.Combine(folder, $".edge-doctor-{Environment.ProcessId}");
        try
        {
            File.WriteAllBytes(probe, new byte[4096]); // an empty file fits on a disk that is full
            File.Delete(probe);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            try
            {
                File.Delete(probe);
            }
            catch (Exception again) when (again is IOException or UnauthorizedAccessException)
            {
                // It was never there, or what is wrong with the folder keeps it; the first message says so.
            }

            return e.Message;
        }
    }
}
