using System.Globalization;
using Edge.Cli;

namespace Edge.Targets;

/// <summary>`boards list`: the catalogue.</summary>
internal static class ListCommand
{
    public static Command Create(StandardStreams streams) => new(
        new CommandSyntax(
            "boards list",
            "",
            "Lists the boards with processor, memory and how they are built for.",
            "dotnet run --project targets/Edge.Targets -- list",
            new Option("folder", "FOLDER", "board files, one a board; else the project's own"),
            new Option("json", null, "one JSON object a line")),
        arguments => Run(arguments, streams));

    private static int Run(Arguments arguments, StandardStreams streams)
    {
        if (arguments.Operands.Count > 0)
        {
            throw new UsageException($"'{arguments.Operands[0]}' is not expected; only options are.");
        }

        using var results = new ResultWriter(streams.Output, arguments.Has("json"));
        foreach (Board board in BoardCatalogue.Load(arguments.TextOrNull("folder")).Boards)
        {
            if (results.AsJson)
            {
                results.Object(json =>
                {
                    json.WriteString("board", board.Name);
                    json.WriteString("title", board.Title);
                    json.WriteString("processor", board.Processor.Name);
                    json.WriteNumber("cores", board.Processor.Cores);
                    json.WriteNumber("clock_mhz", board.Processor.ClockMHz);
                    json.WriteBoolean("runs_dotnet", board.Publish is not null);
                    json.WriteString("package_architecture", board.Publish?.PackageArchitecture);
                    json.WriteNumber("macs_per_second", board.Rate.MacsPerSecond);
                    json.WriteString("rate", board.Rate.Kind.ToString().ToLowerInvariant());
                });
            }
            else
            {
                results.Line(string.Create(CultureInfo.InvariantCulture, $"{board.Name,-17} {Processor(board),-28} {Target(board),-36} {board.Title}"));
            }
        }

        results.Flush();
        return ExitCode.Done;
    }

    private static string Processor(Board board) => string.Create(CultureInfo.InvariantCulture, $"{board.Processor.Cores} x {board.Processor.Name}, {board.Processor.ClockMHz} MHz");

    private static string Target(Board board) => board.Publish is { } publish
        ? $"{publish.RuntimeIdentifier} {(publish.InstructionSet.Count == 0 ? "baseline" : string.Join(',', publish.InstructionSet))}"
        : $"C firmware, {board.Firmware!.RamKiB} KiB of RAM";
}
