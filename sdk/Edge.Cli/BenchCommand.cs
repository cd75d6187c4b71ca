using System.Globalization;
using System.Text.Json;
using Edge.Cli.Diagnosis;
using Edge.Numerics;

namespace Edge.Cli;

/// <summary>`edge bench`: what models cost on this machine.</summary>
internal static class BenchCommand
{
    public static Command Create(StandardStreams streams, Machine? machine = null) => new(
        new CommandSyntax(
            "edge bench",
            "[MODEL.edge...]",
            "Measures on one core what models cost: front end, network, both together as a share of the core, start-up, memory, heat.",
            "edge bench wake-words.edge sound-events-tiny.edge",
            new Option("model", "FILE", "an .edge file, as an operand too", Repeatable: true),
            new Option("rounds", "N", $"passes over {ModelCost.SignalSeconds} s of sound", "20"),
            new Option("layers", null, "the network's operators too: multiply-accumulates, and the share of zeros in what they make"),
            ModelArguments.Kernels,
            ModelArguments.Json),
        arguments => Run(arguments, streams, machine ?? new Machine()));

    private static int Run(Arguments arguments, StandardStreams streams, Machine machine)
    {
        string[] paths = [.. arguments.All("model"), .. arguments.Operands];
        if (paths.Length == 0)
        {
            throw new UsageException("No model is named; expected MODEL.edge.");
        }

        int rounds = arguments.Int("rounds", 1, 10_000);
        bool withLayers = arguments.Has("layers");
        KernelSet kernels = ModelArguments.KernelsOrBest(arguments);
        using var results = new ResultWriter(streams.Output, arguments.Has("json"));
        var costs = new List<ModelCost>(paths.Length);
        BoardState start = BoardState.Read(machine);
        BoardState before = start;
        foreach (string path in paths)
        {
            ModelCost cost = ModelCost.Measure(path, kernels, rounds, withLayers);
            BoardState after = BoardState.Read(machine);
            Write(results, cost, before, after);
            results.Flush();
            costs.Add(cost);
            before = after;
        }

        if (costs.Count > 1)
        {
            WriteTogether(results, costs, start, before);
            results.Flush();
        }

        return ExitCode.Done;
    }

    private static void Write(ResultWriter results, ModelCost cost, BoardState before, BoardState after)
    {
        if (results.AsJson)
        {
            results.Object(json =>
            {
                json.WriteString("file", cost.File);
                json.WriteString("model", cost.Name);
                json.WriteString("kernels", cost.Kernels);
                foreach ((string name, double value) in cost.Figures)
                {
                    json.WriteNumber(name, Math.Round(value, 6));
                }

                after.Write(json, before);
                LayerActivity.Write(json, cost.Layers);
            });
            return;
        }

        results.Line($"{cost.Name}, kernels {cost.Kernels}");
        foreach ((string name, double value) in cost.Figures)
        {
            Line(results, name, value);
        }

        Tell(results, before, after);
        foreach (LayerActivity layer in cost.Layers)
        {
            results.Line($"  {layer}");
        }
    }

    /// <summary>All models on one source and one core: what to give the service as its budget.</summary>
    private static void WriteTogether(ResultWriter results, List<ModelCost> costs, BoardState before, BoardState after)
    {
        (string Name, double Value)[] sums =
        [
            ("real_time_factor", Sum(costs, "real_time_factor")),
            ("peak_memory_bytes", costs[^1]["peak_memory_bytes"]),
            ("model_memory_bytes", Sum(costs, "model_memory_bytes")),
            ("core_percent_p50", Sum(costs, "core_percent_p50")),
            ("core_percent_p99", Sum(costs, "core_percent_p99")),
        ];
        if (results.AsJson)
        {
            results.Object(json =>
            {
                json.WriteNumber("models_together", costs.Count);
                foreach ((string name, double value) in sums)
                {
                    json.WriteNumber(name, Math.Round(value, 6));
                }

                after.Write(json, before);
            });
            return;
        }

        results.Line($"{costs.Count} models together");
        foreach ((string name, double value) in sums)
        {
            Line(results, name, value);
        }

        Tell(results, before, after);
    }

    private static double Sum(List<ModelCost> costs, string figure)
    {
        double sum = 0;
        foreach (ModelCost cost in costs)
        {
            sum += cost[figure];
        }

        return sum;
    }

    private static void Tell(ResultWriter results, BoardState before, BoardState after)
    {
        if (before.Celsius is { } first && after.Celsius is { } last)
        {
            Line(results, "temperature_c_before", first);
            Line(results, "temperature_c_after", last);
        }

        if (after.WasThrottled(before) is { } throttled)
        {
            results.Line($"  {"throttled",-28} {(throttled ? $"yes: {after.Throttling!.Value.Now} now, {after.Throttling.Value.Before} before" : "no"),14}");
        }
    }

    private static void Line(ResultWriter results, string name, double value) =>
        results.Line(string.Create(CultureInfo.InvariantCulture, $"  {name,-28} {value,14:0.#####}"));

    /// <summary>Heat and supply at a moment; null where the board does not tell.</summary>
    private readonly record struct BoardState(double? Celsius, Throttling? Throttling)
    {
        public static BoardState Read(Machine machine) => new(Temperature.Read(machine)?.Celsius, Diagnosis.Throttling.Read(machine));

        /// <summary>Whether the board is slowed down, or has been since <paramref name="before"/>.</summary>
        public bool? WasThrottled(BoardState before) => Throttling is { } now ? now.IsNow || now.Bits != before.Throttling?.Bits : null;

        public void Write(Utf8JsonWriter json, BoardState before)
        {
            Write(json, "temperature_c_before", before.Celsius);
            Write(json, "temperature_c_after", Celsius);
            if (WasThrottled(before) is { } throttled)
            {
                json.WriteBoolean("throttled", throttled);
            }
            else
            {
                json.WriteNull("throttled");
            }
        }

        private static void Write(Utf8JsonWriter json, string name, double? value)
        {
            if (value is { } known)
            {
                json.WriteNumber(name, Math.Round(known, 3));
            }
            else
            {
                json.WriteNull(name);
            }
        }
    }
}
