using System.Diagnostics;
using System.Globalization;
using Edge.Audio;
using Edge.Detection;
using Edge.Features;
using Edge.Inference;
using Edge.Numerics;

namespace Edge.Cli;

/// <summary>`edge bench`: what a model costs on this machine.</summary>
internal static class BenchCommand
{
    private const int SignalSeconds = 10;

    public static Command Create(StandardStreams streams) => new(
        new CommandSyntax(
            "edge bench",
            "[MODEL.edge]",
            "Measures on one core what a model costs: front end, network, both together, start-up, memory.",
            "edge bench --model wake-words.edge",
            new Option("model", "FILE", "an .edge file, as an operand too"),
            new Option("rounds", "N", $"passes over {SignalSeconds} s of sound", "20"),
            new Option("layers", null, "the network's operators too: multiply-accumulates, and the share of zeros in what they make"),
            ModelArguments.Kernels,
            ModelArguments.Json),
        arguments => Run(arguments, streams));

    private static int Run(Arguments arguments, StandardStreams streams)
    {
        string path = arguments.Operands switch
        {
            [] => arguments.Text("model"),
            [string named] when !arguments.Has("model") => named,
            _ => throw new UsageException($"{arguments.Operands.Count + (arguments.Has("model") ? 1 : 0)} models are named; expected one."),
        };
        int rounds = arguments.Int("rounds", 1, 10_000);
        KernelSet kernels = ModelArguments.KernelsOrBest(arguments);
        long before = Stopwatch.GetTimestamp();
        using AudioModel model = AudioModel.Load(path, kernels);
        short[] signal = SyntheticSignal.Generate(1, SignalSeconds * model.SampleRateHz);
        ReadOnlySpan<short> samples = signal;
        new Scorer(model).TryStep(ref samples);
        double firstScoreMs = Stopwatch.GetElapsedTime(before).TotalMilliseconds;
        var figures = new Figures(
            model,
            firstScoreMs,
            FrontEndTimes(model, signal, rounds),
            StepTimes(model, signal.Length / model.StepSamples * rounds),
            RealTimeFactor(model, signal, rounds),
            PeakMemoryBytes());
        using var results = new ResultWriter(streams.Output, arguments.Has("json"));
        Write(results, path, figures, arguments.Has("layers") ? LayerActivity.Measure(model, signal) : []);
        results.Flush();
        return ExitCode.Done;
    }

    private static double[] FrontEndTimes(AudioModel model, short[] signal, int rounds)
    {
        FrontEnd frontEnd = model.CreateFrontEnd();
        int[] features = new int[frontEnd.Bins];
        sbyte[] quantized = new sbyte[frontEnd.Bins];
        var times = new List<double>(rounds * (signal.Length / model.FrontEnd.HopSamples + 1));
        for (int round = 0; round < rounds; round++)
        {
            ReadOnlySpan<short> samples = signal;
            for (long start = Stopwatch.GetTimestamp(); frontEnd.TryRead(ref samples, features); start = Stopwatch.GetTimestamp())
            {
                model.Quantizer.Quantize(features, quantized);
                times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }
        }

        times.Sort();
        return [.. times];
    }

    private static double[] StepTimes(AudioModel model, int steps)
    {
        Session session = model.Network.CreateSession();
        var random = new Random(1);
        double[] times = new double[Math.Max(steps, 1)];
        for (int i = 0; i < times.Length; i++)
        {
            foreach (ref sbyte value in session.Input)
            {
                value = (sbyte)random.Next(sbyte.MinValue, sbyte.MaxValue + 1);
            }

            long start = Stopwatch.GetTimestamp();
            session.Step();
            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        Array.Sort(times);
        return times;
    }

    /// <summary>Time that hearing takes as a part of the time that the sound lasts.</summary>
    private static double RealTimeFactor(AudioModel model, short[] signal, int rounds)
    {
        var spotter = new Spotter(model);
        long start = Stopwatch.GetTimestamp();
        for (int round = 0; round < rounds; round++)
        {
            spotter.Push(signal);
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds / ((double)SignalSeconds * rounds);
    }

    /// <summary>Most memory this process ever held, in bytes; 0 where the system does not say.</summary>
    private static long PeakMemoryBytes()
    {
        const string Field = "VmHWM:"; // Linux: "VmHWM:     12345 kB"
        const string Status = "/proc/self/status";
        string? line = File.Exists(Status) ? Array.Find(File.ReadAllLines(Status), l => l.StartsWith(Field, StringComparison.Ordinal)) : null;
        return line is null ? 0 : 1024 * long.Parse(line.AsSpan(Field.Length, line.Length - Field.Length - " kB".Length), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
    }

    private static void Write(ResultWriter results, string path, Figures figures, IReadOnlyList<LayerActivity> layers)
    {
        (string Name, double Value)[] values = figures.Values();
        string kernels = figures.Model.Network.Kernels.ToString().ToLowerInvariant();
        if (results.AsJson)
        {
            results.Object(json =>
            {
                json.WriteString("file", path);
                json.WriteString("model", figures.Model.Name);
                json.WriteString("kernels", kernels);
                foreach ((string name, double value) in values)
                {
                    json.WriteNumber(name, Math.Round(value, 6));
                }

                LayerActivity.Write(json, layers);
            });
            return;
        }

        results.Line($"{figures.Model.Name}, kernels {kernels}");
        foreach ((string name, double value) in values)
        {
            results.Line(string.Create(CultureInfo.InvariantCulture, $"  {name,-28} {value,14:0.#####}"));
        }

        foreach (LayerActivity layer in layers)
        {
            results.Line($"  {layer}");
        }
    }

    private sealed record Figures(AudioModel Model, double FirstScoreMs, double[] FrontEndUs, double[] StepUs, double RealTimeFactor, long PeakMemoryBytes)
    {
        public (string Name, double Value)[] Values() =>
        [
            ("front_end_us_per_frame_p50", Quantile(FrontEndUs, 0.5)),
            ("front_end_us_per_frame_p99", Quantile(FrontEndUs, 0.99)),
            ("step_us_p50", Quantile(StepUs, 0.5)),
            ("step_us_p99", Quantile(StepUs, 0.99)),
            ("step_ms_of_sound", Model.Step.TotalMilliseconds),
            ("real_time_factor", RealTimeFactor),
            ("load_to_first_score_ms", FirstScoreMs),
            ("peak_memory_bytes", PeakMemoryBytes),
            ("model_memory_bytes", Model.Network.MemoryBytes + Model.Network.ScratchBytes),
            ("file_bytes", Model.Network.FileBytes),
        ];

        private static double Quantile(double[] sorted, double part) => sorted.Length == 0 ? 0 : sorted[(int)(part * (sorted.Length - 1))];
    }
}
