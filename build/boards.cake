// Publishing for a board: what is published and how, targets/Edge.Targets says; here it is done.
using System.Text.Json.Nodes;

// What was published for a board: its folder, the package's architecture, the lamp that its service lights, how it was compiled, what its
// processor must have, boards that ask for less.
sealed record Published(
    string Board, string Folder, string Runtime, string Architecture, string Led, bool Portable, string Compiled, string[] ProcessorFlags, string[] LessDemanding);

const string BoardsProgram = "targets/Edge.Targets/bin/Release/net10.0/Edge.Targets.dll";
bool boardsBuilt = false;

// The board that --board names; ends the task where it names none.
string BoardArgument()
{
    string board = Argument("board", "").Trim();
    return board != "" && !board.Contains(' ') ? board
        : throw new CakeException($"--board names {(board == "" ? "no board" : $"'{board}'")}; expected --board=NAME, one of {string.Join(", ", LinuxBoards())}.");
}

// Publishes for --board, or prints the command lines that would with --dry-run.
void PublishForBoard()
{
    bool portable = HasArgument("portable");
    if (HasArgument("dry-run"))
    {
        Say(AskBoards($"plan --board {BoardArgument()}{(portable ? " --portable" : "")}{SysRootArgument()}").TrimEnd());
        return;
    }

    PublishBoard();
}

// Publishes for --board, ahead of time unless --portable is given; ends the task, saying why, where that cannot be done here.
Published PublishBoard()
{
    string board = BoardArgument();
    bool portable = HasArgument("portable");
    (string framework, string reason) = portable ? ("", "") : BoardFramework(board);
    if (reason != "")
    {
        throw new CakeException($"{board} cannot be compiled ahead of time on this machine: {reason}\n"
            + $"`--portable` publishes it for an installed .NET 10 runtime, in the same layout; `--dry-run` prints the command lines for a machine that has all of it.");
    }

    return PublishBoard(board, framework);
}

// Publishes for a board with a framework's NativeAOT compiler, or for an installed .NET where none is named.
Published PublishBoard(string board, string framework)
{
    bool portable = framework == "";
    JsonNode plan = BoardPlan(board, portable ? "--portable" : $"--framework {framework}");
    var (folder, runtime) = (plan["output"].GetValue<string>(), plan["runtime_identifier"].GetValue<string>());
    string instructionSet = plan["properties"]["IlcInstructionSet"]?.GetValue<string>();
    string compiled = portable ? "portable, for an installed .NET 10" : $"NativeAOT, {framework}, {instructionSet ?? "baseline"}";
    EnsureDirectoryExists(folder);
    CleanDirectory(folder);
    foreach (JsonNode command in plan["commands"].AsArray())
    {
        string line = command["command"].GetValue<string>();
        Quietly($"Publishing `{command["program"]}` for {board} ({compiled}) to {folder}", "dotnet", line["dotnet ".Length..]);
        if (portable)
        {
            WriteLauncher($"{folder}/{command["program"]}", command["assembly"].GetValue<string>());
        }
    }

    return new Published(
        board, folder, runtime, plan["package_architecture"].GetValue<string>(), plan["led"]?.GetValue<string>(), portable, compiled,
        Strings(plan["processor_flags"]), Strings(plan["less_demanding"]));
}

// The framework whose NativeAOT compiler is here for a board, with all that it links with; else the reason why there is none.
(string Framework, string Reason) BoardFramework(string board)
{
    JsonNode plan = BoardPlan(board, "");
    string runtime = plan["runtime_identifier"].GetValue<string>(), reasons = "";
    foreach (string framework in new[] { plan["framework"].GetValue<string>(), "net9.0" }.Distinct())
    {
        string fault = CompilerPackFault(framework, runtime);
        if (fault == "")
        {
            string missing = MissingTools(board, plan);
            return (framework, missing);
        }

        reasons += $"{(reasons == "" ? "" : ", ")}{framework}: {fault}";
    }

    return ("", $"NativeAOT's compiler pack for {runtime} does not restore ({reasons}).");
}

// What linking for a board lacks here; installs packages as root, otherwise the reason holds the line that does.
string MissingTools(string board, JsonNode plan)
{
    string sysRoot = plan["sysroot"]?.GetValue<string>();
    if (sysRoot is not null && !DirectoryExists(sysRoot))
    {
        return $"{sysRoot} is missing; expected a copy of the board's /lib, /usr/lib and /usr/include, whose C library is older than this machine's. `--sysroot=FOLDER` names another place.";
    }

    (string Package, Func<bool> IsPresent)[] packages = plan["packages"].AsArray()
        .Select(package => (package["name"].GetValue<string>(), package["gives"].GetValue<string>()))
        .Select(package => (package.Item1, (Func<bool>)(() => package.Item2.StartsWith('/') ? FileExists(package.Item2) : OnPath(package.Item2))))
        .ToArray();
    bool linked = plan["cross"].GetValue<bool>() ? RequireSystem($"Linking for {board}", packages) : RequireLinker();
    return linked ? "" : "the tools named above are missing.";
}

// The code of NuGet's error where NativeAOT's packs for a runtime identifier do not restore; found out once a .NET SDK.
string CompilerPackFault(string framework, string runtime)
{
    const string cache = "artifacts/compiler-packs.json";
    JsonNode known = FileExists(cache) ? JsonNode.Parse(System.IO.File.ReadAllText(cache)) : new JsonObject();
    string key = $"{findings.Sdk} {framework} {runtime}";
    if (known[key] is null)
    {
        (int exitCode, string output) = RestoreCompiler($"compiler-{framework}-{runtime}", framework, runtime);
        string fault = exitCode == 0 ? "" : ErrorCode(output);
        if (output.Contains("NU1301"))
        {
            return fault; // what an absent network hides is asked again
        }

        known[key] = fault;
        System.IO.File.WriteAllText(cache, known.ToJsonString());
    }

    return known[key].GetValue<string>();
}

// A program's name in a portable build: starts its assembly, which lies beside, on the installed .NET.
void WriteLauncher(string path, string assembly)
{
    System.IO.File.WriteAllText(path, $"""
        #!/bin/sh
        # Portable build: runs on an installed .NET 10 runtime.
        folder=$(dirname "$(readlink -f "$0")")
        for dotnet in "$DOTNET_ROOT/dotnet" "$(command -v dotnet)" /usr/lib/dotnet/dotnet /usr/share/dotnet/dotnet; do
            [ -x "$dotnet" ] && exec "$dotnet" "$folder/{assembly}" "$@"
        done
        echo "$0: no .NET runtime was found; this portable build needs .NET 10. Install dotnet-runtime-10.0, or set DOTNET_ROOT." >&2
        exit 1

        """.ReplaceLineEndings("\n"));
    if (!OperatingSystem.IsWindows())
    {
        System.IO.File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("755", 8));
    }
}

JsonNode BoardPlan(string board, string options) => JsonNode.Parse(AskBoards($"plan --board {board} --json {options}{SysRootArgument()}"));

string[] Strings(JsonNode array) => array.AsArray().Select(item => item.GetValue<string>()).ToArray();

string SysRootArgument() => HasArgument("sysroot") ? $" --sysroot \"{Argument("sysroot", "")}\"" : "";

// Names of the boards that run .NET.
string[] LinuxBoards() => AskBoards("list --json").Split('\n', StringSplitOptions.RemoveEmptyEntries)
    .Select(line => JsonNode.Parse(line)).Where(board => board["runs_dotnet"].GetValue<bool>()).Select(board => board["board"].GetValue<string>()).ToArray();

// Asks the catalogue of boards; its own message ends the task where it refuses.
string AskBoards(string arguments)
{
    if (!boardsBuilt)
    {
        (int code, string log) = Capture("dotnet", "build targets/Edge.Targets -c Release --nologo --verbosity quiet");
        boardsBuilt = code == 0 ? true : throw new CakeException($"{log}\ntargets/Edge.Targets does not build.");
    }

    (int exitCode, string output) = Capture("dotnet", $"{BoardsProgram} {arguments}");
    return exitCode == 0 ? output : throw new CakeException(output.Trim());
}

// Publishes for all boards with Linux, or those of --boards=a,b, ahead of time where that can be done here, else portable; prints what came of it.
void PublishMatrix()
{
    string[] boards = HasArgument("boards") ? Argument("boards", "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : LinuxBoards();
    if (boards.Length == 0)
    {
        throw new CakeException($"--boards names no board; expected --boards=a,b of {string.Join(", ", LinuxBoards())}, or leave it out for all of them.");
    }

    var rows = new List<string>();
    foreach (string board in boards)
    {
        BoardPlan(board, ""); // a mistyped name is told before the first is compiled
    }

    foreach (string board in boards)
    {
        var clock = Stopwatch.StartNew();
        (string framework, string reason) = HasArgument("portable") ? ("", "as asked for") : BoardFramework(board);
        Published made = PublishBoard(board, reason == "" ? framework : "");
        long bytes = System.IO.Directory.GetFiles(made.Folder, "*", System.IO.SearchOption.AllDirectories).Sum(file => new System.IO.FileInfo(file).Length);
        rows.Add($"{board,-17} {made.Architecture,-6} {made.Compiled,-36} {bytes / 1e6,6:F1} MB {clock.Elapsed.TotalSeconds,5:F0} s  {reason}");
    }

    Say($"\n{"board",-17} {"arch",-6} {"how",-36} {"size",9} {"time",7}  why not ahead of time\n{string.Join('\n', rows)}");
}
