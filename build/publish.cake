// What is made of the findings: `edge` and the programs beside it, and ONNX Runtime's library where NuGet has none.
const string OnnxRuntimeNpm = "onnxruntime-node@1.27.0";
const string OnnxRuntimeFolder = "artifacts/onnxruntime";

// NativeAOT's linker for this machine's own architecture.
bool RequireLinker() => !OperatingSystem.IsLinux() || RequireSystem("NativeAOT's linker",
    ("gcc", () => OnPath("clang") || OnPath("gcc")),
    ("libc6-dev", () => FileExists("/usr/include/stdio.h")),
    ("zlib1g-dev", () => FileExists("/usr/include/zlib.h")));

// Programs for this machine or --runtime, with NativeAOT where that can be had, else to run on the installed .NET; the C library with NativeAOT alone.
void PublishEdge(params (string Program, string Project)[] products)
{
    string runtime = Argument("runtime", HostRuntime());
    bool host = runtime == HostRuntime();
    string folder = host ? "artifacts/host" : $"artifacts/{runtime}";
    string framework = Argument("framework", findings.AotFramework);
    bool linker = RequireLinker();
    if (framework == "none" || !linker)
    {
        Say($"`edge` is published for the installed .NET, without NativeAOT: {(linker ? "no compiler pack restores" : "the linker is missing")}.");
        framework = "none";
    }

    string instructionSet = Argument("instruction-set", host ? HostInstructionSet(framework) : "").Replace(",", "%2C");
    string compiler = framework == "none" ? " --self-contained false" : instructionSet == "" ? "" : $" -p:IlcInstructionSet={instructionSet}";
    string what = framework == "none" ? "portable" : $"NativeAOT, {framework}{(instructionSet == "" ? "" : $", {instructionSet}")}";
    EnsureDirectoryExists(folder);
    CleanDirectory(folder);
    bool portable = framework == "none";
    foreach ((string program, string project) in products.Where(product => !portable || product.Program != "libedge"))
    {
        string output = program == "libedge" ? $"{folder}/libedge" : folder; // a folder of its own: with its header it is for programs, not for boards
        Quietly($"Publishing `{program}` for {runtime} ({what}) to {output}", "dotnet",
            $"publish sdk/{project} -c Release -r {runtime} -o {output} -p:EdgeAotFramework={framework}{compiler} --nologo --verbosity quiet");
        if (portable && !OperatingSystem.IsWindows())
        {
            WriteLauncher($"{folder}/{program}", program == "edge" ? "Edge.Cli.dll" : $"{program}.dll");
        }
    }
}

int RunEdge(string arguments) => FileExists("artifacts/host/Edge.Cli.dll")
    ? Run("dotnet", $"artifacts/host/Edge.Cli.dll {arguments}")
    : Run("artifacts/host/edge", arguments);

void FetchOnnxRuntime()
{
    const string library = "libonnxruntime.so.1", npm = "artifacts/npm";
    string architecture = RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();
    if (findings.Packages[OnnxRuntimePackage] || FileExists($"{OnnxRuntimeFolder}/{library}"))
    {
        return;
    }

    if (!OnPath("npm") || HostRuntime() is not ("linux-x64" or "linux-arm64"))
    {
        Say($"ONNX Runtime: no npm to fetch {OnnxRuntimeNpm} with, or no build of it for {HostRuntime()}; tests that need it are skipped.");
        return;
    }

    EnsureDirectoryExists(npm);
    Quietly($"Fetching {OnnxRuntimeNpm} from npm", "npm",
        $"install --prefix {npm} --cache {npm}/cache --ignore-scripts --no-audit --no-fund --no-save {OnnxRuntimeNpm}");
    EnsureDirectoryExists(OnnxRuntimeFolder);
    CopyFile($"{npm}/node_modules/onnxruntime-node/bin/napi-v6/linux/{architecture}/{library}", $"{OnnxRuntimeFolder}/{library}");
    DeleteDirectory(npm, new DeleteDirectorySettings { Recursive = true, Force = true });
}
