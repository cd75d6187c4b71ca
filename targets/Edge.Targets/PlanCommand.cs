using System.Text.Json;
using Edge.Cli;

namespace Edge.Targets;

/// <summary>`boards plan`: how a board is published.</summary>
internal static class PlanCommand
{
    public static Command Create(StandardStreams streams) => new(
        new CommandSyntax(
            "boards plan",
            "",
            "Says how a board is published: the command lines, what they link with, and what of it is missing on this machine.",
            "dotnet run --project targets/Edge.Targets -- plan --board pi-5",
            new Option("board", "NAME", "one of `boards list`"),
            new Option("framework", "TFM", "framework whose NativeAOT compiler is used; else the board's"),
            new Option("portable", null, "for an installed .NET runtime, without NativeAOT"),
            new Option("sysroot", "FOLDER", "the board's own libraries; else as its file says"),
            new Option("host", "ARCHITECTURE", "the machine that publishes: x64 or arm64; else this one"),
            new Option("output", "FOLDER", "receives the programs; else artifacts/NAME"),
            new Option("folder", "FOLDER", "board files, one a board; else the project's own"),
            new Option("json", null, "one JSON object")),
        arguments => Run(arguments, streams));

    private static int Run(Arguments arguments, StandardStreams streams)
    {
        if (arguments.Operands.Count > 0)
        {
            throw new UsageException($"'{arguments.Operands[0]}' is not expected; only options are.");
        }

        string name = arguments.Text("board");
        var catalogue = BoardCatalogue.Load(arguments.TextOrNull("folder"));
        Board board = catalogue.Find(name);
        if (board.Publish is null)
        {
            throw new UsageException(PublishPlan.Refusal(board));
        }

        var options = new PublishOptions
        {
            Framework = FrameworkOrNull(arguments),
            IsPortable = arguments.Has("portable"),
            SysRoot = PathOrNull(arguments, "sysroot"),
            Output = PathOrNull(arguments, "output"),
        };
        if (arguments.TextOrNull("host") is { } host)
        {
            options = options with { HostArchitecture = host is "x64" or "arm64" ? host : throw new UsageException($"--host is '{host}'; expected x64 or arm64.") };
        }

        using var results = new ResultWriter(streams.Output, arguments.Has("json"));
        Write(results, PublishPlan.For(board, options), catalogue.LessDemandingThan(board));
        results.Flush();
        return ExitCode.Done;
    }

    private static string? FrameworkOrNull(Arguments arguments) => arguments.TextOrNull("framework") switch
    {
        null => null,
        "net9.0" or "net10.0" => arguments.Text("framework"),
        var other => throw new UsageException($"--framework is '{other}'; expected net10.0 or net9.0."),
    };

    /// <summary>A path that needs no quotes in a command line.</summary>
    private static string? PathOrNull(Arguments arguments, string name)
    {
        string? path = arguments.TextOrNull(name);
        return path?.Any(c => char.IsWhiteSpace(c) || c is '"' or '\'' or '$' or '`' or '\\') == true
            ? throw new UsageException($"--{name} is '{path}'; expected a path without spaces and quotes.")
            : path;
    }

    private static void Write(ResultWriter results, PublishPlan plan, IEnumerable<Board> lessDemanding)
    {
        if (results.AsJson)
        {
            results.Object(json => Write(json, plan, lessDemanding));
            return;
        }

        foreach (PublishedProgram product in plan.Products)
        {
            results.Line(plan.CommandLine(product));
        }

        // As comments, so that all of it is a script.
        string[] missing = [.. plan.Tools.Where(tool => !tool.IsInstalled()).Select(tool => tool.Name)];
        if (missing.Length > 0)
        {
            results.Line($"# missing here: sudo apt-get install --no-install-recommends {string.Join(' ', missing)}");
        }

        if (plan.SysRoot is not null && !Directory.Exists(plan.SysRoot))
        {
            results.Line($"# missing here: {plan.SysRoot}, a copy of the board's /lib, /usr/lib and /usr/include");
        }
    }

    private static void Write(Utf8JsonWriter json, PublishPlan plan, IEnumerable<Board> lessDemanding)
    {
        json.WriteString("board", plan.Board);
        json.WriteString("runtime_identifier", plan.RuntimeIdentifier);
        json.WriteString("package_architecture", plan.PackageArchitecture);
        json.WriteString("led", plan.Led);
        json.WriteString("framework", plan.Framework);
        json.WriteBoolean("portable", plan.IsPortable);
        json.WriteBoolean("cross", plan.IsCross);
        WriteStrings(json, "processor_flags", plan.ProcessorFlags);
        WriteStrings(json, "less_demanding", lessDemanding.Select(board => board.Name));
        json.WriteString("output", plan.Output);
        json.WriteString("sysroot", plan.SysRoot);
        json.WriteStartObject("properties");
        foreach ((string key, string value) in plan.Properties)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
        json.WriteStartArray("packages");
        foreach (ToolPackage tool in plan.Tools)
        {
            json.WriteStartObject();
            json.WriteString("name", tool.Name);
            json.WriteString("gives", tool.Gives);
            json.WriteBoolean("installed", tool.IsInstalled());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("commands");
        foreach (PublishedProgram product in plan.Products)
        {
            json.WriteStartObject();
            json.WriteString("program", product.Name);
            json.WriteString("assembly", product.Assembly);
            json.WriteString("command", plan.CommandLine(product));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteStrings(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
