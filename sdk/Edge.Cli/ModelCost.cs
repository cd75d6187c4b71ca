using System.Diagnostics;
using System.Globalization;
using Edge.Audio;
using Edge.Detection;
using Edge.Features;
using Edge.Inference;
using Edge.Numerics;

namespace Edge.Cli;

/// <summary>What a model costs on this machine, on one core.</summary>
/// <param name="File">The model's file.</param>
/// <param name="Name">The model's name.</param>
/// <param name="Kernels">The kernels that ran.</param>
/// <param name="Figures">Name and value of each figure; times in the unit that the name ends in.</param>
/// <param name="Layers">Of the network's operators, where they were asked for.</param>
internal sealed record ModelCost(string File, string Name, string Kernels, (string Name, double Value)[] Figures, IReadOnlyList<LayerActivity> Layers)
{
    /// <summary>Seconds of sound in a round.</summary>
    public const int SignalSeconds = 10;

    /// <summary>A figure by its name.</summary>
    public double this[string figure] => Array.Find(Figures, one => one.Name == figure).Value;

    /// <summary>Loads a model and measures it.</summary>
    /// <param name="path">An .edge file.</param>
    /// <param name="kernels">Kernels to use.</param>
    /// <param name="rounds">Passes over the sound.</param>
    /// <param name="withLayers">Whether the operators are looked at too.</param>
    public static ModelCost Measure(string path, KernelSet kernels, int rounds, bool withLayers)
    {
        long before = Stopwatch.GetTimestamp();
        using AudioModel model = AudioModel.Load(path, kernels);
        short[] signal = SyntheticSignal.Generate(1, SignalSeconds * model.SampleRateHz);
        ReadOnlySpan<short> samples = signal;
        new Scorer(model).TryStep(ref samples);
        double firstScoreMs = Stopwatch.GetElapsedTime(before).TotalMilliseconds;
        double[] frontEndUs = FrontEndTimes(model, signal, rounds);
        double[] stepUs = StepTimes(model, signal.Length / model.StepSamples * rounds);
        double[] hearingUs = HearingTimes(model, signal, rounds, out double totalUs);
        double stepOfSoundUs = model.Step.TotalMicroseconds;
        return new ModelCost(path, model.Name, model.Network.Kernels.ToString().ToLowerInvariant(),
        [
            ("front_end_us_per_frame_p50", Quantile(frontEndUs, 0.5)),
            ("front_end_us_per_frame_p99", Quantile(frontEndUs, 0.99)),
            ("step_us_p50", Quantile(stepUs, 0.5)),
            ("step_us_p99", Quantile(stepUs, 0.99)),
            ("step_ms_of_sound", model.Step.TotalMilliseconds),
            ("real_time_factor", totalUs / (hearingUs.Length * stepOfSoundUs)),
            ("load_to_first_score_ms", firstScoreMs),
            ("peak_memory_bytes", PeakMemoryBytes()),
            ("model_memory_bytes", model.Network.MemoryBytes + model.Network.ScratchBytes),
            ("file_bytes", model.Network.FileBytes),
            ("core_percent_p50", 100 * Quantile(hearingUs, 0.5) / stepOfSoundUs),
            ("core_percent_p99", 100 * Quantile(hearingUs, 0.99) / stepOfSoundUs),
        ], withLayers ? LayerActivity.Measure(model, signal) : []);
    }

    /// <summary>Most memory this process ever held, in bytes; 0 where the system does not say.</summary>
    public static long PeakMemoryBytes()
    {
        const string Field = "VmHWM:"; // Linux: "VmHWM:     12345 kB"
        const string Status = "/proc/self/status";
        string? line = System.IO.File.Exists(Status) ? Array.Find(System.IO.File.ReadAllLines(Status), l => l.StartsWith(Field, StringComparison.Ordinal)) : null;
        return line is null ? 0 : 1024 * long.Parse(line.AsSpan(Field.Length, line.Length - Field.Length - " kB".Length), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
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

    /// <summary>Times of everything that listening takes, front end to detector, for the sound of one step each.</summary>
    private static double[] HearingTimes(AudioModel model, short[] signal, int rounds, out double totalUs)
    {
        var spotter = new Spotter(model);
        int pushes = Math.Max(signal.Length / model.StepSamples, 1);
        int samples = Math.Min(model.StepSamples, signal.Length);
        double[] times = new double[pushes * rounds];
        totalUs = 0;
        for (int i = 0; i < times.Length; i++)
        {
            ReadOnlySpan<short> sound = signal.AsSpan(i % pushes * samples, samples);
            long start = Stopwatch.GetTimestamp();
            spotter.Push(sound);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            totalUs += times[i];
        }

        Array.Sort(times);
        return times;
    }

    private static double Quantile(double[] sorted, double part) => sorted.Length == 0 ? 0 : sorted[(int)(part * (sorted.Length - 1))];
}
