// The tasks of this repository: `./build.sh TASK`, or `dotnet cake --description` for the list.
#load "build/machine.cake"
#load "build/arguments.cake"
#load "build/probe.cake"
#load "build/publish.cake"
#load "build/boards.cake"
#load "build/package.cake"
#load "build/packagecheck.cake"
#load "build/nuget.cake"
#load "build/tests.cake"

string target = Argument("target", "help");
if (!HasArgument("verbosity"))
{
    Context.Log.Verbosity = Verbosity.Quiet; // the tasks say in a line each what they do; errors are always shown
}

int exitCode = 0;
string lastLine = ""; // said after Cake's own table of durations

Task("help")
    .Description("Lists the tasks.")
    .Does(() =>
    {
        Say("usage: ./build.sh TASK [--argument=value ...]\n");
        foreach (ICakeTaskInfo task in Tasks)
        {
            Say($"  {task.Name,-12} {task.Description}");
        }
    });

Task("probe")
    .Description("Finds out which compiler pack and which optional packages restore on this machine.")
    .WithCriteria(() => !HasArgument("dry-run"), "a dry run asks nothing of this machine")
    .Does(() => Probe(force: target == "probe"));

Task("restore")
    .Description("Restores the packages of every project.")
    .IsDependentOn("probe")
    .Does(() => Quietly("Restoring", "dotnet", "restore Edge.sln --verbosity quiet"));

Task("build")
    .Description("Builds every project for .NET 10 in Release.")
    .IsDependentOn("probe")
    .Does(() => Quietly("Building Edge.sln", "dotnet", "build Edge.sln -c Release -f net10.0 --nologo --verbosity quiet"));

Task("publish")
    .Description("Publishes the programs and the C library for this machine into artifacts/host, or --board=NAME [--portable] [--sysroot=FOLDER] [--dry-run] into artifacts/NAME.")
    .IsDependentOn("probe")
    .Does(() =>
    {
        if (HasArgument("board"))
        {
            PublishForBoard();
        }
        else if (HasArgument("portable") || HasArgument("dry-run"))
        {
            throw new CakeException("--portable and --dry-run are for a board; expected --board=NAME beside them.");
        }
        else
        {
            PublishEdge(("edge", "Edge.Cli"), ("edge-models", "Edge.Models"), ("edge-serve", "Edge.Service"), ("libedge", "Edge.Native"));
        }
    });

Task("matrix")
    .Description("Publishes for every board, or --boards=a,b: ahead of time where its compiler is to be had here, else portable; says what came of it.")
    .IsDependentOn("probe")
    .Does(() => PublishMatrix());

Task("package")
    .Description("Packages a board's programs, models, service and manual as .deb and .tar.gz: --board=NAME [--portable] [--dry-run] into artifacts/packages/NAME.")
    .IsDependentOn("probe")
    .Does(() =>
    {
        if (HasArgument("dry-run"))
        {
            PublishForBoard();
        }
        else
        {
            Package(PublishBoard());
        }
    });

Task("package-check")
    .Description("Packages a board and checks it: lintian, the same bytes from another folder, installed in a clean Debian, followed under systemd. Needs root.")
    .IsDependentOn("probe")
    .Does(() =>
    {
        Published published = PublishBoard();
        exitCode = CheckPackages(published, Package(published));
    });

Task("nuget")
    .Description("Packs the libraries with symbols into artifacts/nuget.")
    .IsDependentOn("probe")
    .Does(() => PackLibraries());

Task("nuget-check")
    .Description("Packs the libraries, and publishes and runs a new program outside the repository that gets them from there.")
    .IsDependentOn("probe")
    .Does(() => CheckLibraries());

Task("demo")
    .Description("Publishes `edge` and runs it on the bundled recording; all it needs is the .NET SDK.")
    .IsDependentOn("probe")
    .Does(() =>
    {
        const string model = "samples/models/wake-words.edge", recording = "samples/recordings/keywords.wav";
        foreach (string file in new[] { model, recording }.Where(file => !FileExists(file)))
        {
            throw new CakeException($"The demo needs {file}, which is not in this checkout.");
        }

        PublishEdge(("edge", "Edge.Cli"), ("edge-models", "Edge.Models"));
        Say($"edge run --model {model} {recording}");
        exitCode = RunEdge($"run --model {model} {recording}");
    });

Task("onnxruntime")
    .Description("Fetches ONNX Runtime's library from npm into artifacts/onnxruntime where NuGet does not have it.")
    .IsDependentOn("probe")
    .Does(() => FetchOnnxRuntime());

Task("test")
    .Description("Sets up what the tests need, builds, and runs every test.")
    .IsDependentOn("onnxruntime")
    .IsDependentOn("publish")
    .IsDependentOn("build")
    .Does(() =>
    {
        RequireSystem("Tests of FLAC, OGG and MP3 files", ("libsndfile1", () => CanLoad("libsndfile.so.1")));
        RequireSystem("Tests of capture without hardware", ("libasound2-dev", () => FileExists("/usr/include/alsa/pcm_ioplug.h")), ("libasound2-plugins", () => GetFiles("/usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so").Any()), ("pulseaudio", () => OnPath("pulseaudio")));
        RequireSystem("Tests of the recipes", ("python3-torch", () => CanImport("torch")), ("python3-onnx", () => CanImport("onnx"))); // 606 MB, 40 s, once
        RequireSystem("Tests of MQTT against a broker", ("mosquitto", () => FileExists("/usr/sbin/mosquitto")), ("mosquitto-clients", () => OnPath("mosquitto_sub")));
        (exitCode, lastLine) = RunTests();
    });

Task("bench")
    .Description("Runs the benchmarks side by side; results go to tests/Edge.Benchmarks/results.")
    .IsDependentOn("onnxruntime")
    .IsDependentOn("publish")
    .Does(() => exitCode = Run("dotnet", "run --project tests/Edge.Benchmarks -c Release"));

Task("clean")
    .Description("Deletes artifacts and everything that was compiled.")
    .Does(() =>
    {
        var force = new DeleteDirectorySettings { Recursive = true, Force = true };
        DeleteDirectories(GetDirectories("./{sdk,quantization,targets,tests,samples}/*/{bin,obj}"), force);
        DeleteDirectories(GetDirectories("./artifacts"), force);
    });

if (!Tasks.Any(task => task.Name == target))
{
    Console.Error.WriteLine($"There is no task '{target}'; expected one of {string.Join(", ", Tasks.Select(task => task.Name))}.");
    Environment.Exit(2);
}

CheckArguments();
RunTarget(target);
if (lastLine != "")
{
    Say(lastLine);
}

Environment.Exit(exitCode);
