using System.Diagnostics;
using System.Globalization;
using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;

namespace Edge.Benchmarks;

/// <summary>
/// `calibration-memory [FEW MANY]`: peak memory of calibrating a transformer encoder of 25 million weights by histograms of every value,
/// on few clips and on many, each in a process of its own.
/// </summary>
internal static class CalibrationMemory
{
    private const int Seed = 1;
    private const int Features = 80;
    private const double AllowedGrowth = 0.05;
    private const long AllowedBytes = 2_000_000_000;

    public static int Run(string[] args)
    {
        if (args is ["measure", var folder, var clips])
        {
            return Measure(folder, int.Parse(clips, CultureInfo.InvariantCulture));
        }

        (int few, int many) = args is [var first, var second] ? (int.Parse(first, CultureInfo.InvariantCulture), int.Parse(second, CultureInfo.InvariantCulture)) : (10, 1_000);
        if (!OnnxRuntimeLibrary.TryLoad(out string? problem) || !OperatingSystem.IsLinux())
        {
            Console.Error.WriteLine(problem ?? "Peak memory is read from /proc/self/status, which only Linux has.");
            return 1;
        }

        string clipFolder = Directory.CreateTempSubdirectory("edge-calibration-").FullName;
        try
        {
            WriteClips(clipFolder, many);
            (long fewBytes, long manyBytes) = (Peak(clipFolder, few), Peak(clipFolder, many));
            double growth = (double)(manyBytes - fewBytes) / fewBytes;
            bool kept = growth < AllowedGrowth && Math.Max(fewBytes, manyBytes) < AllowedBytes;
            Console.WriteLine($"difference {growth:P2}; expected less than {AllowedGrowth:P0}, and less than {AllowedBytes / 1_000_000} MB: {(kept ? "kept" : "NOT KEPT")}");
            return kept ? 0 : 1;
        }
        finally
        {
            Directory.Delete(clipFolder, recursive: true);
        }
    }

    /// <summary>About a second of features each, of lengths that differ.</summary>
    private static void WriteClips(string folder, int count)
    {
        var random = new Random(Seed);
        for (int i = 0; i < count; i++)
        {
            int frames = random.Next(80, 121);
            float[] features = [.. Enumerable.Range(0, frames * Features).Select(_ => 2 * random.NextSingle() - 1)];
            NpyWriter.WriteAll<float>(Path.Combine(folder, $"{i:0000}.npy"), [frames, Features], features);
        }
    }

    private static long Peak(string folder, int clips)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["calibration-memory", "measure", folder, $"{clips}"]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"Calibrating on {clips} clips ended with exit code {process.ExitCode}: {output}");
        }

        string[] fields = output.Split();
        long bytes = long.Parse(fields[0], CultureInfo.InvariantCulture);
        Console.WriteLine($"{clips,5} clips: peak {bytes / 1e6,7:0.0} MB, {fields[1]} values, {fields[2]} s");
        return bytes;
    }

    /// <summary>Prints peak bytes, values and seconds.</summary>
    private static int Measure(string folder, int clips)
    {
        var clock = Stopwatch.StartNew();
        ModelGraph graph = TransformerEncoder.Build(Seed);
        CalibrationData data = CalibrationData.Open(graph, [folder], null, new CalibrationOptions { Limit = clips });
        var observer = new HistogramObserver();
        ActivationCollector.Collect(graph, data.Samples(), observer);
        int values = observer.Ranges(RangeMethod.Percentile).Count;
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        long bytes = 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1].Trim(), CultureInfo.InvariantCulture);
        Console.WriteLine($"{bytes} {values} {clock.Elapsed.TotalSeconds:0}");
        return 0;
    }
}
