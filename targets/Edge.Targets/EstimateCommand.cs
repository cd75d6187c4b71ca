using System.Globalization;
using Edge.Cli;
using Edge.Detection;
using Edge.Numerics;

namespace Edge.Targets;

/// <summary>`boards estimate`: what models are likely to cost on boards that are not at hand.</summary>
internal static class EstimateCommand
{
    public static Command Create(StandardStreams streams) => new(
        new CommandSyntax(
            "boards estimate",
            "MODEL.edge...",
            "Estimates, to about a factor of three, what models cost on a board: share of a core, memory. `edge bench` measures it there.",
            "dotnet run --project targets/Edge.Targets -- estimate --board pi-zero-2w samples/models/wake-words.edge",
            new Option("board", "NAME", "one of `boards list`; else all"),
            new Option("folder", "FOLDER", "board files, one a board; else the project's own"),
            new Option("json", null, "one JSON object a line")),
        arguments => Run(arguments, streams));

    private static int Run(Arguments arguments, StandardStreams streams)
    {
        if (arguments.Operands.Count == 0)
        {
            throw new UsageException("No model is named; expected MODEL.edge...");
        }

        var catalogue = BoardCatalogue.Load(arguments.TextOrNull("folder"));
        IReadOnlyList<Board> boards = arguments.TextOrNull("board") is { } name ? [catalogue.Find(name)] : catalogue.Boards;
        using var results = new ResultWriter(streams.Output, arguments.Has("json"));
        foreach (string path in arguments.Operands)
        {
            using AudioModel model = AudioModel.Load(path, KernelSet.Vector128);
            foreach (Board board in boards)
            {
                Write(results, board, CostEstimate.Of(model, board));
            }
        }

        results.Flush();
        return ExitCode.Done;
    }

    private static void Write(ResultWriter results, Board board, CostEstimate cost)
    {
        if (results.AsJson)
        {
            results.Object(json =>
            {
                json.WriteString("board", cost.Board);
                json.WriteString("model", cost.Model);
                json.WriteBoolean("estimate", true);
                json.WriteNumber("macs_per_second", Math.Round(cost.MacsPerSecond));
                json.WriteNumber("step_us", Math.Round(cost.StepTime.TotalMicroseconds, 1));
                json.WriteNumber("step_ms_of_sound", cost.Step.TotalMilliseconds);
                json.WriteNumber("core_share", Math.Round(cost.CoreShare, 6));
                json.WriteNumber("memory_bytes", cost.MemoryBytes);
                json.WriteNumber("board_memory_bytes", cost.BoardMemoryBytes);
                json.WriteNumber("flash_bytes", cost.FlashBytes);
                json.WriteNumber("board_flash_bytes", cost.BoardFlashBytes);
                json.WriteBoolean("fits", cost.Fits);
                json.WriteString("rate", board.Rate.Kind.ToString().ToLowerInvariant());
                json.WriteString("rate_source", board.Rate.Source);
            });
            return;
        }

        string verdict = cost.Fits ? "fits" : $"does not fit: {Misfit(cost)}";
        string flash = cost.FlashBytes == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", flash {cost.FlashBytes / 1024.0:0} KiB");
        results.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{cost.Board,-17} {cost.Model,-20} estimate: {100 * cost.CoreShare,8:0.###} % of a core, {cost.StepTime.TotalMicroseconds,10:0.#} us a step of {cost.Step.TotalMilliseconds:0.##} ms, memory {cost.MemoryBytes / 1024.0:0} KiB{flash}; {verdict}"));
    }

    private static string Misfit(CostEstimate cost)
    {
        var lacks = new List<string>();
        if (cost.CoreShare >= 1)
        {
            lacks.Add("too slow");
        }

        if (cost.MemoryBytes > cost.BoardMemoryBytes)
        {
            lacks.Add($"memory of {cost.BoardMemoryBytes / 1024} KiB");
        }

        if (cost.FlashBytes > cost.BoardFlashBytes)
        {
            lacks.Add($"flash of {cost.BoardFlashBytes / 1024} KiB");
        }

        return string.Join(", ", lacks);
    }
}
