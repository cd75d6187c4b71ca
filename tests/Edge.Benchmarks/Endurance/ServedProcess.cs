using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Edge.Benchmarks.Endurance;

/// <summary>`edge-serve` on one core with a configuration of its own, and what it takes of that core as the kernel counts it.</summary>
internal sealed class ServedProcess : IDisposable
{
    private const double NanosecondsPerSecond = 1e9;

    private readonly string folder = Directory.CreateTempSubdirectory("edge-served-").FullName;
    private readonly Process process;
    private readonly List<string> log = [];

    /// <param name="program">The published program.</param>
    /// <param name="recording">Heard no faster than it sounds.</param>
    /// <param name="models">Files, the first of the least priority number.</param>
    /// <param name="budget">Share of the core for the models.</param>
    /// <param name="kernels">Kernels to force; null for the fastest.</param>
    public ServedProcess(string program, string recording, string[] models, double budget, string? kernels = null)
    {
        EventsPath = Path.Combine(folder, "events.jsonl");
        string path = Path.Combine(folder, "edge.json");
        using (FileStream file = File.Create(path))
        using (var json = new Utf8JsonWriter(file))
        {
            Write(json, recording, models, budget);
        }

        var start = new ProcessStartInfo("taskset", ["--cpu-list", "0", program, "--config", path]) { RedirectStandardError = true };
        if (kernels is not null)
        {
            start.Environment["EDGE_KERNELS"] = kernels;
        }

        process = Process.Start(start)!; // taskset becomes the program, so it is the same process
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginErrorReadLine();
    }

    public string EventsPath { get; }

    public bool HasExited => process.HasExited;

    /// <summary>Whether the program says that it listens.</summary>
    public bool Listens => Array.Exists(Log, line => line.Contains("Listening to", StringComparison.Ordinal));

    public string[] Log
    {
        get
        {
            lock (log)
            {
                return [.. log];
            }
        }
    }

    /// <summary>Processor time so far, of all threads, in seconds.</summary>
    public double ProcessorSeconds => Directory.GetDirectories($"/proc/{process.Id}/task").Sum(ThreadSeconds);

    /// <summary>Most memory that was resident, in bytes.</summary>
    public long PeakBytes => 1024 * long.Parse(
        File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    /// <summary>Events of each model.</summary>
    public Dictionary<string, int> Events => File.Exists(EventsPath)
        ? File.ReadLines(EventsPath).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("model").GetString()!).CountBy(name => name).ToDictionary()
        : [];

    /// <summary>Waits, and gives the share of a core that was taken meanwhile.</summary>
    public double ShareOver(TimeSpan time)
    {
        (double before, long start) = (ProcessorSeconds, Stopwatch.GetTimestamp());
        Thread.Sleep(time);
        return (ProcessorSeconds - before) / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public void WaitUntilListening()
    {
        var clock = Stopwatch.StartNew();
        while (!Listens)
        {
            if (process.HasExited || clock.Elapsed > TimeSpan.FromSeconds(30))
            {
                throw new InvalidOperationException($"edge-serve does not listen:\n{string.Join('\n', Log)}");
            }

            Thread.Sleep(20);
        }
    }

    public void WaitForExit() => process.WaitForExit();

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }

        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static double ThreadSeconds(string task)
    {
        try
        {
            return double.Parse(File.ReadAllText(Path.Combine(task, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture) / NanosecondsPerSecond;
        }
        catch (IOException)
        {
            return 0; // the thread has just ended
        }
    }

    private void Write(Utf8JsonWriter json, string recording, string[] models, double budget)
    {
        json.WriteStartObject();
        json.WriteStartObject("Edge");
        json.WriteStartObject("Source");
        json.WriteString("Kind", "file");
        json.WriteString("Path", recording);
        json.WriteBoolean("RealTime", true);
        json.WriteEndObject();
        json.WriteNumber("CpuBudget", budget);
        json.WriteStartArray("Models");
        for (int i = 0; i < models.Length; i++)
        {
            json.WriteStartObject();
            json.WriteString("Name", $"{i + 1}-{Path.GetFileNameWithoutExtension(models[i])}");
            json.WriteString("Path", models[i]);
            json.WriteNumber("Priority", i + 1);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("Actions");
        json.WriteStartObject();
        json.WriteString("Kind", "json-lines");
        json.WriteString("Path", EventsPath);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void Take(string? line)
    {
        if (line is not null)
        {
            lock (log)
            {
                log.Add(line);
            }
        }
    }
}
