using System.Text;
using Edge.Hosting.Actions;
using Edge.Hosting.Sources;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Edge.Hosting.Tests;

public class EdgeOptionsTests
{
    [Fact]
    public void A_configuration_gives_every_field()
    {
        EdgeOptions options = Read("""
            { "Edge": {
                "Source":  { "Kind": "file", "Device": "hw:1", "RateHz": 48000, "Channel": 2, "Channels": 4, "PeriodMs": 30, "BufferMs": 600, "Path": "a.wav", "RealTime": true },
                "CpuBudget": 0.25,
                "Models":  [ { "Path": "voice.edge", "When": null },
                             { "Name": "words", "Path": "wake-words.edge", "Priority": 3, "Detection": "words.json",
                               "When": { "Model": "voice", "Label": "speech", "ForMs": 4000, "ReplayMs": 1500 } } ],
                "Actions": [ { "Kind": "json-lines", "Path": "events.jsonl", "Models": [ "words" ], "Labels": [], "MinimumScore": 0.5, "Phase": "complete" } ],
                "Metrics": { "Path": "metrics.prom", "EverySeconds": 30 } } }
            """);
        SourceOptions source = options.Source;
        Assert.Equal(("file", "hw:1", 48_000, 2, 4, 30, 600, "a.wav", true), (source.Kind, source.Device, source.RateHz, source.Channel, source.Channels, source.PeriodMs, source.BufferMs, source.Path, source.RealTime));
        Assert.Equal(0.25, options.CpuBudget);
        Assert.Equal(["voice", "words"], options.Models.Select(model => model.DisplayName));
        ModelOptions words = options.Models[1];
        Assert.Equal(("wake-words.edge", 3, "words.json"), (words.Path, words.Priority, words.Detection));
        Assert.Equal(("voice", "speech", 4_000, 1_500), (words.When!.Model, words.When.Label, words.When.ForMs, words.When.ReplayMs));
        Assert.Null(options.Models[0].When);
        Assert.Equal("words", Assert.Single(Assert.Single(options.Actions).Models));
        Assert.Equal(("metrics.prom", 30), (options.Metrics.Path, options.Metrics.EverySeconds));
    }

    [Fact]
    public void Nulls_and_empty_lists_stand_for_defaults()
    {
        EdgeOptions options = Read("""{ "Edge": { "Source": { "Device": null, "Channel": null, "Path": null }, "Models": [ { "Path": "a.edge", "Name": null, "Detection": null } ], "Actions": [], "Metrics": null } }""");
        Assert.Equal(("alsa", "default"), (options.Source.Kind, options.Source.Device));
        Assert.Equal("a", Assert.Single(options.Models).DisplayName);
        Assert.Empty(options.Actions);
        Assert.Null(options.Metrics.Path);
    }

    [Fact]
    public void All_faults_of_a_configuration_are_told_at_once_with_their_place()
    {
        OptionsValidationException e = Assert.Throws<OptionsValidationException>(() => Read("""
            { "Edge": {
                "Source":  { "Kind": "alza", "RateHz": "many", "Pth": "a.wav" },
                "CpuBudget": -2,
                "Model": [],
                "Models":  [ { "Name": "a" },
                             { "Name": "a", "Path": "b.edge", "When": { "Model": "voise", "FromMs": 1 } },
                             { "Name": "voice", "Path": "v.edge", "Priority": 5000 } ],
                "Actions": [ { "Kind": "json-line" }, { "Kind": "json-lines", "Path": "x.jsonl", "OnMS": 1, "Models": [ "vioce" ] } ],
                "Metrics": { "EverySecond": 1 } } }
            """));
        string[] expected =
        [
            "Source.RateHz is 'many'; expected a whole number.",
            "Source.Pth is no field. Did you mean Path?",
            "Source.Kind is 'alza'; expected one of alsa, file, stdin, fifo. Did you mean alsa?",
            "CpuBudget is -2; expected 0.01 to 64.",
            "Model is no field. Did you mean Models?",
            "Models[0].Path is missing; expected an .edge file.",
            "Models[1] is called 'a', as Models[0] is; give one of them another Name.",
            "Models[1].When.FromMs is no field. Did you mean ForMs?",
            "Models[1].When.Model is 'voise'; expected another model's name: a, voice. Did you mean voice?",
            "Models[2].Priority is 5000; expected 0 to 1000.",
            "Actions[1].Models has 'vioce'; expected names of models: a, a, voice. Did you mean voice?",
            "Metrics.EverySecond is no field. Did you mean EverySeconds?",
        ];
        Assert.All(expected, fault => Assert.Contains(fault, e.Failures));
        Assert.Contains(e.Failures, fault => fault.StartsWith("Actions[0]: Kind is 'json-line'", StringComparison.Ordinal));
        Assert.Contains(e.Failures, fault => fault.StartsWith("Actions[1]: OnM", StringComparison.Ordinal) || fault.StartsWith("Actions[1].OnM", StringComparison.Ordinal));
        Assert.Equal(expected.Length + 2, e.Failures.Count());
    }

    [Fact]
    public void Models_that_wait_for_each_other_in_a_ring_are_a_fault()
    {
        var options = TestModels.Options(
            TestModels.WakeWords("a", when: new CascadeOptions { Model = "b" }),
            TestModels.WakeWords("b", when: new CascadeOptions { Model = "a" }),
            TestModels.WakeWords("c", when: new CascadeOptions { Model = "a" }));
        IReadOnlyList<string> faults = new EdgeOptionsValidator(new SourceFactory(), new ActionFactory()).Faults(options);
        Assert.Equal(2, faults.Count);
        Assert.All(faults, fault => Assert.Contains("break the ring", fault, StringComparison.Ordinal));
    }

    [Fact]
    public void Two_actions_that_are_one_client_of_a_broker_are_a_fault()
    {
        var options = new EdgeOptions { Models = [new() { Path = "a.edge" }], Actions = [new() { Kind = "mqtt", Url = "mqtt://broker" }, new() { Kind = "mqtt", Url = "mqtt://broker", Topic = "other" }] };
        IReadOnlyList<string> faults = new EdgeOptionsValidator(new SourceFactory(), new ActionFactory()).Faults(options);
        Assert.StartsWith("Actions[1]: the usual ClientId at the broker broker:1883 is that of Actions[0] too", Assert.Single(faults));
    }

    [Fact]
    public void A_list_that_is_an_object_is_a_fault()
    {
        OptionsValidationException e = Assert.Throws<OptionsValidationException>(() => Read("""{ "Edge": { "Models": { "Path": "a.edge" } } }"""));
        Assert.Contains("Models has a field 'Path'; expected a list of objects, [ { … } ].", e.Failures);
    }

    private static EdgeOptions Read(string json)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build();
        using ServiceProvider services = new ServiceCollection().AddEdge(configuration).BuildServiceProvider();
        return services.GetRequiredService<IOptions<EdgeOptions>>().Value;
    }
}
