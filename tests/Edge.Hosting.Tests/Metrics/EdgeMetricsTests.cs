using Edge.Audio;
using Edge.Hosting.Actions;

namespace Edge.Hosting.Tests.Metrics;

public sealed class EdgeMetricsTests : IDisposable
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task The_file_tells_what_was_heard_lost_and_done()
    {
        string path = Path.Combine(folder, "metrics.prom");
        var source = new ScriptedSource(TestModels.Keywords[..(8 * TestModels.RateHz)].ToArray())
        {
            Counters = new CaptureCounters(Overruns: 3, DeviceLosses: 1, Suspensions: 0, LostFrames: 4_000, SkippedFrames: 500),
        };
        EdgeOptions options = TestModels.Options(TestModels.WakeWords("words"), TestModels.WakeWords("gated", when: new CascadeOptions { Model = "words", Label = "snowboy" }));
        options.Metrics.Path = path;
        options.Actions.Add(new ActionOptions { Kind = "json-lines", Path = Path.Combine(folder, "events.jsonl"), Labels = ["alexa"] });
        await using var fixture = new HostFixture(source, options);
        await fixture.Host.StartAsync(Token);
        await fixture.Stopped;
        await fixture.Host.StopAsync(Token);

        string[] lines = await File.ReadAllLinesAsync(path, Token);
        Assert.Contains("edge_audio_heard_seconds_total 8", lines);
        Assert.Contains("edge_audio_overruns_total 3", lines);
        Assert.Contains("edge_audio_lost_frames_total 4500", lines);
        Assert.Contains("edge_audio_device_losses_total 1", lines);
        Assert.Contains("edge_audio_level_decibels -30", lines);
        Assert.Contains("edge_detections_total{model=\"words\",label=\"computer\"} 1", lines);
        Assert.Contains("edge_detections_total{model=\"words\",label=\"alexa\"} 1", lines);
        Assert.Contains("edge_model_state{model=\"words\",state=\"running\"} 1", lines);
        Assert.Contains("edge_model_state{model=\"gated\",state=\"waiting\"} 1", lines);
        Assert.Contains($"edge_actions_sent_total{{action=\"json-lines {folder}/events.jsonl\"}} 1", lines);
        Assert.Contains("edge_actions_sent_total{action=\"collector\"} 2", lines);
        Assert.Contains(lines, line => line.StartsWith("edge_frame_duration_seconds_count{model=\"words\"} ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("edge_model_cost_ratio{model=\"words\"} 0.", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.StartsWith("edge_score_drift", StringComparison.Ordinal)); // not before two hours
        Assert.Equal(["events.jsonl", "metrics.prom"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_told_once_and_stops_nothing()
    {
        var source = new ScriptedSource(TestModels.Keywords[..(4 * TestModels.RateHz)].ToArray()) { Endless = true };
        EdgeOptions options = TestModels.Options(TestModels.WakeWords("words"));
        options.Metrics = new MetricsFileOptions { Path = Path.Combine(folder, "missing", "metrics.prom"), EverySeconds = 1 };
        await using var fixture = new HostFixture(source, options);
        await fixture.Host.StartAsync(Token);
        await HostFixture.Until(() => fixture.Log.Any(line => line.StartsWith("Metrics cannot be written to ", StringComparison.Ordinal)));
        await HostFixture.Until(() => fixture.Listening.Thread!.Heard == TimeSpan.FromSeconds(4));
        await fixture.Host.StopAsync(Token); // tries again
        Assert.Single(fixture.Log, line => line.StartsWith("Metrics cannot be written to ", StringComparison.Ordinal));
    }
}
