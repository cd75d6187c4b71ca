using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Edge.Cli;

/// <summary>A command that is a program of its own beside `edge`, as `edge-models` is: what few need is kept out of the program that runs all day.</summary>
internal static partial class SiblingProgram
{
    /// <summary>The command that hands its command line over to <c>edge-NAME</c>.</summary>
    /// <param name="name">The command's name.</param>
    /// <param name="summary">What it does, in a sentence.</param>
    /// <param name="streams">Where it is told that the program cannot be run.</param>
    public static Command Create(string name, string summary, StandardStreams streams) => new(
        new CommandSyntax($"edge {name}", "", summary, $"edge {name} --help"), arguments => throw new UnreachableException())
    {
        HandOver = args => Run($"edge-{name}", args, streams),
    };

    /// <summary>How a program beside this one is run; null where it is not there.</summary>
    /// <param name="program">Its name: "edge-serve".</param>
    /// <returns>What to start, and the arguments before its own.</returns>
    public static (string Path, string[] Arguments)? Find(string program)
    {
        string managed = Path.Combine(AppContext.BaseDirectory, $"{program}.dll");
        if (Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" && File.Exists(managed))
        {
            return (host, [managed]); // as this one was started: `dotnet Edge.Cli.dll`
        }

        string path = PathOf(program);
        return File.Exists(path) ? (path, []) : null;
    }

    /// <summary>Runs a program beside this one in place of it.</summary>
    /// <returns>Its exit code where it ran as a child; <see cref="ExitCode.WorkFailed"/> where it did not run. Elsewhere this does not return.</returns>
    private static int Run(string program, string[] args, StandardStreams streams)
    {
        if (Find(program) is not { } found)
        {
            streams.Tell($"{PathOf(program)} is missing; this command is a program of its own, expected beside edge. Copy it from where edge came from; `./build.sh publish` makes both.");
            return ExitCode.WorkFailed;
        }

        (string path, args) = (found.Path, [.. found.Arguments, .. args]);
        return OperatingSystem.IsWindows() ? RunAsChild(path, args) : Become(path, args, streams);
    }

    private static string PathOf(string program) => Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? $"{program}.exe" : program);

    /// <summary>Replaces this process: terminal, signals and exit code are the other program's, and no memory is spent on waiting for it.</summary>
    private static int Become(string path, string[] args, StandardStreams streams)
    {
        _ = Execute(path, [path, .. args, null]);
        streams.Tell($"{path} cannot be run: {Marshal.GetLastPInvokeErrorMessage()}");
        return ExitCode.WorkFailed;
    }

    private static int RunAsChild(string path, string[] args)
    {
        // Ctrl-C reaches both; what it means is for the child to say.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        using Process child = Process.Start(new ProcessStartInfo(path, args) { UseShellExecute = false })!;
        child.WaitForExit();
        return child.ExitCode;
    }

    [LibraryImport("libc", EntryPoint = "execv", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Execute(string path, string?[] arguments);
}
