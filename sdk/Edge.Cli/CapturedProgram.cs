using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Edge.Cli;

/// <summary>Runs another program and gives what it printed.</summary>
/// <remarks>By posix_spawn(3) and two files, for .NET's own Process would make this program half a megabyte larger.</remarks>
internal static partial class CapturedProgram
{
    private const int LookMs = 20;
    private const int Create = 0x1 | 0x40 | 0x200; // O_WRONLY, O_CREAT, O_TRUNC of Linux
    private const uint OwnerOnly = 0b110_000_000;
    private const int WithoutWaiting = 1; // WNOHANG
    private const int Kill = 9;
    private const int ActionsBytes = 512; // posix_spawn_file_actions_t is 80 bytes long in glibc and 80 in musl

    /// <summary>Runs a program to its end.</summary>
    /// <param name="path">The program.</param>
    /// <param name="arguments">What stands after its name.</param>
    /// <param name="patienceMs">After this time it is killed.</param>
    /// <returns>What it wrote to standard output and standard error; null where it cannot be run or was not done in time.</returns>
    public static (string Output, string Errors)? Run(string path, string[] arguments, int patienceMs)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        string folder = Directory.CreateTempSubdirectory("edge-").FullName;
        try
        {
            string output = Path.Combine(folder, "output");
            string errors = Path.Combine(folder, "errors");
            return TryStart(path, arguments, output, errors, out int process) && EndsInTime(process, patienceMs)
                ? (File.ReadAllText(output), File.ReadAllText(errors))
                : null;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool TryStart(string path, string[] arguments, string output, string errors, out int process)
    {
        byte[] actions = new byte[ActionsBytes];
        process = 0;
        if (Begin(actions) != 0)
        {
            return false;
        }

        try
        {
            return Open(actions, 1, output, Create, OwnerOnly) == 0 && Open(actions, 2, errors, Create, OwnerOnly) == 0
                && Spawn(out process, path, actions, 0, [path, .. arguments, null], Variables()) == 0;
        }
        finally
        {
            _ = End(actions);
        }
    }

    private static bool EndsInTime(int process, int patienceMs)
    {
        long start = Stopwatch.GetTimestamp();
        int ended;
        while ((ended = Wait(process, out _, WithoutWaiting)) == 0)
        {
            if (Stopwatch.GetElapsedTime(start).TotalMilliseconds > patienceMs)
            {
                _ = Signal(process, Kill);
                _ = Wait(process, out _, 0);
                return false;
            }

            Thread.Sleep(LookMs);
        }

        return ended == process;
    }

    private static string?[] Variables()
    {
        var variables = new List<string?>();
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            variables.Add($"{variable.Key}={variable.Value}");
        }

        variables.Add(null);
        return [.. variables];
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Begin(byte[] actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(byte[] actions, int descriptor, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int End(byte[] actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Spawn(out int process, string path, byte[] actions, nint attributes, string?[] arguments, string?[] variables);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Wait(int process, out int status, int options);

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Signal(int process, int signal);
}
