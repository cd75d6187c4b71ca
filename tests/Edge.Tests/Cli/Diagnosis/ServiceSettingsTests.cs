using Edge.Cli.Diagnosis;

namespace Edge.Tests.Cli.Diagnosis;

public sealed class ServiceSettingsTests : IDisposable
{
    private readonly FakeBoard board = FakeBoard.Pi4();

    public void Dispose() => board.Dispose();

    [Fact]
    public void Files_folders_and_devices_are_found_whatever_the_case_of_names()
    {
        board.Write("/edge.json", """
            { "edge": { "Source": { "kind": "alsa", "device": "hw:1" },
                        "models": [ { "path": "a.edge" }, { "Path": "b.edge" }, { "Path": "a.edge" } ],
                        "Actions": [ { "Kind": "json-lines", "Path": "/srv/e/events.jsonl" }, { "Kind": "gpio" } ],
                        "Metrics": { "Path": "/run/edge/metrics.prom" } } }
            """);
        var settings = ServiceSettings.Read(board.PathTo("/edge.json"));
        Assert.Equal(("alsa", "hw:1", true), (settings.SourceKind, settings.Device, settings.UsesPins));
        Assert.Equal(["a.edge", "b.edge"], settings.Models);
        Assert.Equal(["/srv/e", "/run/edge"], settings.Folders);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{ "Edge": 1 }""")]
    [InlineData("""{ "Edge": { "Models": { "Path": "a" }, "Actions": [ 1, null ], "Source": { "Kind": 3 } } }""")]
    public void What_has_another_shape_is_left_to_the_service_to_judge(string text)
    {
        board.Write("/edge.json", text);
        var settings = ServiceSettings.Read(board.PathTo("/edge.json"));
        Assert.Empty(settings.Models);
        Assert.Equal(("alsa", null), (settings.SourceKind, settings.Device)); // what the service takes where nothing is said
    }
}
