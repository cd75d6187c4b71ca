// This machine: its processor and tools, and the programs that are run on it.
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading;

void Say(string line) => Console.WriteLine(line);

string HostRuntime()
{
    bool musl = System.IO.Directory.Exists("/lib") && System.IO.Directory.GetFiles("/lib", "ld-musl-*").Length > 0;
    string system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : musl ? "linux-musl" : "linux";
    return $"{system}-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";
}

// NativeAOT compiles for one processor level and does not choose at run time; a v3 binary stops at once on an older processor.
string HostInstructionSet(string framework)
{
    if (RuntimeInformation.OSArchitecture != System.Runtime.InteropServices.Architecture.X64 || !FileExists("/proc/cpuinfo"))
    {
        return "";
    }

    string[] flags = System.IO.File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("flags"))?.Split(' ') ?? [];
    string[] v3 = ["avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe"];
    string[] v4 = ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"];
    string prefix = framework == "net9.0" ? "x86-x64" : "x86-64"; // each compiler refuses the other's name
    return !v3.All(flags.Contains) ? "" : v4.All(flags.Contains) ? $"{prefix}-v4" : $"{prefix}-v3";
}

bool OnPath(string program) => Context.Tools.Resolve(program) is not null;

// Whether the system's Python, which runs the recipes, has a module.
bool CanImport(string module) =>
    FileExists("/usr/bin/python3") && Capture("/usr/bin/python3", $"-c \"import importlib.util as u; exit(u.find_spec('{module}') is None)\"").ExitCode == 0;

bool CanLoad(string library) => NativeLibrary.TryLoad(library, out _);

// Runs a program with its output on the console; returns its exit code.
int Run(string program, string arguments) => StartProcess(program, new ProcessSettings { Arguments = arguments });

// Runs a program and keeps what it printed.
(int ExitCode, string Output) Capture(string program, string arguments)
{
    var settings = new ProcessSettings
    {
        Arguments = arguments,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        EnvironmentVariables = new Dictionary<string, string> { ["DEBIAN_FRONTEND"] = "noninteractive" },
    };
    int exitCode = StartProcess(program, settings, out IEnumerable<string> output, out IEnumerable<string> errors);
    return (exitCode, string.Join('\n', output.Concat(errors)));
}

// Runs a program and shows what it printed only where it fails, which ends the task.
void Quietly(string what, string program, string arguments)
{
    var clock = Stopwatch.StartNew();
    (int exitCode, string output) = Capture(program, arguments);
    if (exitCode != 0)
    {
        Console.Error.WriteLine(output);
        throw new CakeException($"{what} failed: `{program} {arguments}` ended with code {exitCode}.");
    }

    Say($"{what}: done in {clock.Elapsed.TotalSeconds:F0} s");
}

// Sees to it that system packages are there: installs them as root, otherwise prints the line that does. False where one is still absent.
bool RequireSystem(string what, params (string Package, Func<bool> IsPresent)[] needs)
{
    string missing = string.Join(' ', needs.Where(need => !need.IsPresent()).Select(need => need.Package));
    if (missing == "")
    {
        return true;
    }

    string install = $"install -y --no-install-recommends {missing}";
    if (!Environment.IsPrivilegedProcess || !OnPath("apt-get"))
    {
        Say($"{what}: {missing} is missing; run `sudo apt-get {install}`, or your system's equivalent.");
        return false;
    }

    Say($"{what}: installing {missing} with apt-get");
    if (Capture("apt-get", install).ExitCode != 0)
    {
        Capture("apt-get", "update"); // a fresh machine has no package lists
        (int exitCode, string output) = Capture("apt-get", install);
        if (exitCode != 0)
        {
            Say($"{output}\n{what}: apt-get could not install {missing}.");
        }
    }

    return needs.All(need => need.IsPresent());
}
