using Edge.Detection;
using Edge.Hosting.Actions;

namespace Edge.Hosting.Tests.Actions;

public sealed class ActionFactoryTests : IDisposable
{
    private readonly ActionFactory factory = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_kind_of_the_configuration_is_there() => Assert.Equal(["command", "json-lines", "led", "mqtt", "webhook"], factory.Kinds.Order());

    [Fact]
    public void An_unknown_kind_is_a_fault_that_lists_those_there_are() =>
        Assert.Equal(["Edge:Actions:0: Kind is 'jsonlines'; expected one of json-lines, command, webhook, mqtt, led. Did you mean json-lines?"], Faults(new() { Kind = "jsonlines" }));

    [Fact]
    public void All_faults_of_an_entry_come_at_once()
    {
        string[] faults = Faults(new() { Kind = "webhook", Url = "ftp://x", Led = "ACT", Phase = "both", WhenFull = "wait", QueueCapacity = 0, MinimumScore = 2, TimeoutMs = -1 });
        string[] fields = ["Led means nothing", "Url is no web address", "TimeoutMs is -1", "Phase is 'both'", "WhenFull is 'wait'", "QueueCapacity is 0", "MinimumScore is 2"];
        Assert.Equal(fields.Length, faults.Length);
        Assert.All(fields, field => Assert.Contains(faults, fault => fault.Contains(field, StringComparison.Ordinal)));
    }

    public static TheoryData<ActionOptions, string> Faulty() => new()
    {
        { new() { Kind = "json-lines" }, "Path is missing" },
        { new() { Kind = "json-lines", Path = "/nowhere/to/be/found.jsonl" }, "there is no folder /nowhere/to/be" },
        { new() { Kind = "json-lines", Path = "/" }, "is a folder" },
        { new() { Kind = "json-lines", Path = "/tmp/x", KeepFiles = 3 }, "KeepFiles without MaximumBytes" },
        { new() { Kind = "json-lines", Path = "/tmp/x", MaximumBytes = 5 }, "MaximumBytes is 5; expected 4096" },
        { new() { Kind = "command" }, "Command is empty" },
        { new() { Kind = "command", Command = [""] }, "Command is empty" },
        { new() { Kind = "command", Command = ["{label}"] }, "must not choose the program" },
        { new() { Kind = "command", Command = ["/nowhere/logger"] }, "there is no such file" },
        { new() { Kind = "command", Command = ["logger {label}"] }, "must not choose the program" },
        { new() { Kind = "command", Command = ["logger -t edge"] }, "no shell takes it apart" },
        { new() { Kind = "command", Command = ["echo", "{lable}"] }, "placeholder {lable}; there are {label}" },
        { new() { Kind = "webhook" }, "Url is missing" },
        { new() { Kind = "webhook", Url = "http://x", Headers = new() { ["Bad Name"] = "x" } }, "name 'Bad Name'" },
        { new() { Kind = "webhook", Url = "http://x", Headers = new() { ["X-Key"] = "a\r\nEvil: b" } }, "control character" },
        { new() { Kind = "webhook", Url = "http://x", Headers = new() { ["Content-Type"] = "text/plain" } }, "always application/json" },
        { new() { Kind = "webhook", Url = "http://me:12#34@host" }, "write it %23" },
        { new() { Kind = "mqtt", Url = "mqtt://me:12#34@host" }, "write them %3F and %23" },
        { new() { Kind = "mqtt", Url = "mqtt://me:12?34@host" }, "write them %3F and %23" },
        { new() { Kind = "mqtt", Url = "http://broker" }, "no broker's address" },
        { new() { Kind = "mqtt", Url = "mqtt://broker/topic" }, "Url has the path /topic" },
        { new() { Kind = "mqtt", Url = "mqtt://broker", Topic = "edge/#" }, "is no topic" },
        { new() { Kind = "mqtt", Url = "mqtt://broker", DiscoveryPrefix = "ha" }, "DiscoveryPrefix without Discovery" },
        { new() { Kind = "led", Led = "ACT", LedFolder = "/nowhere" }, "shows no lamp" },
    };

    [Theory]
    [MemberData(nameof(Faulty))]
    public void A_faulty_entry_is_told_as_such(ActionOptions options, string fault)
    {
        string found = Assert.Single(Faults(options));
        Assert.Contains(fault, found);
        Assert.StartsWith("Edge:Actions:0: ", found);
    }

    [Fact]
    public void No_fault_repeats_a_password()
    {
        Assert.DoesNotContain(Faults(new() { Kind = "mqtt", Url = "mqqt://me:secret@host" }), fault => fault.Contains("secret", StringComparison.Ordinal));
        Assert.DoesNotContain(Faults(new() { Kind = "webhook", Url = "htp://me:secret@host" }), fault => fault.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_entry_becomes_a_queue_that_takes_what_its_filter_lets_through()
    {
        string path = folder.PathTo("events.jsonl");
        var options = new ActionOptions { Kind = "JSON-lines", Path = path, Models = ["Wake-Words"], Labels = ["alexa"], MinimumScore = 0.5f, Phase = "complete" };
        await using (ActionQueue queue = factory.Create(options, new ActionContext(new LogLines())))
        {
            Assert.True(queue.TryPost(Some.Event(1)));
            Assert.False(queue.TryPost(Some.Event(2, model: "other")));
            Assert.False(queue.TryPost(Some.Event(3, label: "computer")));
            Assert.False(queue.TryPost(Some.Event(4, score: 0.4f)));
            Assert.False(queue.TryPost(Some.Event(5, phase: EventPhase.Onset)));
            Assert.Equal(1, queue.Counters.Posted);
        }

        Assert.Contains("\"sequence\":1,", Assert.Single(File.ReadAllLines(path)));
    }

    [Fact]
    public void Entries_that_would_get_in_each_other_s_way_are_told()
    {
        ActionOptions[] entries =
        [
            new() { Kind = "json-lines", Path = "/tmp/x.jsonl", Models = ["voice"] },
            new() { Kind = "led", Led = "ACT" },
            new() { Kind = "mqtt", Url = "mqtt://me:secret@broker" },
            new() { Kind = "json-lines", Path = "/tmp/../tmp/x.jsonl" },
            new() { Kind = "LED", Led = "ACT", Labels = ["alexa"] },
            new() { Kind = "mqtt", Url = "mqtt://broker:1883/", Topic = "other" },
        ];
        var faults = new List<string>();
        factory.CheckTogether(entries, "Edge:Actions", faults);
        Assert.Equal(
            ["Edge:Actions[3]: Path /tmp/x.jsonl is that of Edge:Actions[0] too", "Edge:Actions[4]: Led /sys/class/leds/ACT is that of Edge:Actions[1] too", "Edge:Actions[5]: the usual ClientId at the broker broker:1883 is that of Edge:Actions[2] too"],
            faults.Select(fault => fault.Split(';')[0]));
    }

    [Fact]
    public void Entries_with_files_lamps_and_names_of_their_own_stand_beside_each_other()
    {
        ActionOptions[] entries =
        [
            new() { Kind = "json-lines", Path = "/tmp/x.jsonl" }, new() { Kind = "json-lines", Path = "/tmp/y.jsonl" }, new() { Kind = "json-lines" }, new() { Kind = "json-lines" },
            new() { Kind = "json-lines", Path = "/dev/null" }, new() { Kind = "json-lines", Path = "/dev/null" },
            new() { Kind = "led", Led = "ACT" }, new() { Kind = "led", Led = "PWR" },
            new() { Kind = "mqtt", Url = "mqtt://broker" }, new() { Kind = "mqtt", Url = "mqtt://broker", ClientId = "two" }, new() { Kind = "mqtt", Url = "mqtts://broker" }, new() { Kind = "mqtt", Url = "x" },
            new() { Kind = "webhook", Url = "http://host" }, new() { Kind = "webhook", Url = "http://host" }, new() { Kind = "unknown" }, new(),
        ];
        var faults = new List<string>();
        factory.CheckTogether(entries, "Edge:Actions", faults);
        Assert.Empty(faults);
    }

    [Fact]
    public void A_kind_that_is_registered_is_found()
    {
        var further = new ActionFactory([new BellKind()]);
        Assert.Contains("bell", further.Kinds);
        Assert.Throws<ArgumentException>(() => further.Create(new() { Kind = "bell", Pin = -1 }, new ActionContext(new LogLines())));
    }

    private string[] Faults(ActionOptions options)
    {
        var faults = new List<string>();
        factory.Check(options, "Edge:Actions:0", faults);
        return [.. faults];
    }

    private sealed class BellKind : IActionKind
    {
        public string Kind => "bell";

        public IReadOnlyCollection<string> Fields => [nameof(ActionOptions.Pin)];

        public void Check(ActionOptions options, ICollection<string> faults)
        {
            if (options.Pin is not >= 0)
            {
                faults.Add("Pin is missing.");
            }
        }

        public IEventAction Create(ActionOptions options, ActionContext context) => new ScriptedAction((_, _) => Task.CompletedTask);
    }
}
