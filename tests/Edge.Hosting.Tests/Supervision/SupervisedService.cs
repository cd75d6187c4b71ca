using System.Diagnostics;
using System.Text.Json;
using Edge.Tests;

namespace Edge.Hosting.Tests.Supervision;

/// <summary>`edge-serve` under a <see cref="Supervisor"/>, with a pipe for a microphone, a model that hears five words and events as JSON lines.</summary>
internal sealed class SupervisedService : IAsyncDisposable
{
    private const int LookMs = 20;
    private const int PatienceMs = 60_000;

    private readonly string folder = Directory.CreateTempSubdirectory("edge-supervised-").FullName;
    private Supervisor? supervisor;

    public SupervisedService()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals, named pipes and sd_notify are Linux's.");
        Model = InFolder("wake-words.edge");
        File.Copy(Repository.PathTo("samples", "models", "wake-words.edge"), Model);
        EventsPath = InFolder("events.jsonl");
        Microphone = new Microphone(InFolder("microphone"));
    }

    /// <summary>The model's file, a copy of the shipped one.</summary>
    public string Model { get; }

    /// <summary>Where events are written; may be set before the start.</summary>
    public string EventsPath { get; set; }

    /// <summary>Further actions, as JSON.</summary>
    public string[] MoreActions { get; init; } = [];

    /// <summary>How long the service may go without a sign of life.</summary>
    public TimeSpan Watchdog { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The source's fields, as JSON; null for the pipe.</summary>
    public string? Source { get; init; }

    /// <summary>Added to the service's environment.</summary>
    public Dictionary<string, string> Environment { get; set; } = [];

    public Microphone Microphone { get; }

    public Supervisor Supervisor => supervisor!;

    /// <summary>Events in the file's whole lines, in order; one that is no JSON fails the test. A line may be seen while it is written.</summary>
    public (string Label, double StartSeconds)[] Events
    {
        get
        {
            if (!File.Exists(EventsPath))
            {
                return [];
            }

            string text = File.ReadAllText(EventsPath);
            return Array.ConvertAll(text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries), line =>
            {
                JsonElement json = JsonDocument.Parse(line).RootElement;
                return (json.GetProperty("label").GetString()!, json.GetProperty("start_s").GetDouble());
            });
        }
    }

    /// <summary>Starts the service and waits until it listens.</summary>
    public async Task StartAsync()
    {
        string actions = string.Join(", ", [$$"""{ "Kind": "json-lines", "Path": "{{EventsPath}}" }""", .. MoreActions]);
        File.WriteAllText(InFolder("edge.json"), $$"""
            { "Edge": { "Source": { {{Source ?? $"\"Kind\": \"fifo\", \"Path\": \"{Microphone.PipePath}\""}} },
                        "Models": [ { "Path": "{{Model}}" } ],
                        "Actions": [ {{actions}} ] } }
            """);
        // A published program in place of the one that was built with the tests: EDGE_SERVE=/usr/lib/edge/edge-serve
        string program = System.Environment.GetEnvironmentVariable("EDGE_SERVE") ?? Path.Combine(AppContext.BaseDirectory, "edge-serve");
        supervisor = new Supervisor(program, ["--config", InFolder("edge.json")], folder, Watchdog, Environment);
        await UntilAsync(() => Supervisor.Readies == 1, "the service is ready");
    }

    /// <summary>Says a word and waits until its event is in the file.</summary>
    public async Task HearAsync(string label)
    {
        int before = Events.Length;
        await Microphone.SayAsync(label);
        await UntilAsync(() => Events.Length > before, $"\"{label}\" is heard");
        Assert.Equal(label, Events[^1].Label);
    }

    /// <summary>Waits for a condition, and fails with the log where it does not come.</summary>
    public async Task UntilAsync(Func<bool> condition, string what)
    {
        if (!await IsSoonAsync(condition, PatienceMs))
        {
            Assert.Fail($"Waited {PatienceMs} ms in vain until {what}. {Supervisor.Starts} starts, status \"{Supervisor.Status}\", log:\n{string.Join('\n', Supervisor.Log)}");
        }
    }

    /// <summary>Whether a condition comes true in time.</summary>
    public static async Task<bool> IsSoonAsync(Func<bool> condition, int patienceMs)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (clock.ElapsedMilliseconds > patienceMs)
            {
                return false;
            }

            await Task.Delay(LookMs, TestContext.Current.CancellationToken);
        }

        return true;
    }

    /// <summary>A file of this service's own.</summary>
    public string InFolder(string name) => Path.Combine(folder, name);

    public async ValueTask DisposeAsync()
    {
        if (supervisor is not null)
        {
            await supervisor.DisposeAsync();
        }

        Microphone.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
