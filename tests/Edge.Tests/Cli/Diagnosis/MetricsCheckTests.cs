using Edge.Cli.Diagnosis;

namespace Edge.Tests.Cli.Diagnosis;

public sealed class MetricsCheckTests : IDisposable
{
    private const string Metrics = "/run/edge/metrics.prom";
    private readonly FakeBoard board = FakeBoard.Pi4();

    public void Dispose() => board.Dispose();

    [Theory]
    [InlineData(40, Verdict.Ok)]
    [InlineData(65, Verdict.Warning)]
    public void A_file_that_missed_three_writings_is_told_of(int ageSeconds, object verdict)
    {
        board.Write(Metrics, "edge_detections_total 1\n");
        File.SetLastWriteTimeUtc(board.Machine.PathTo(Metrics), board.Machine.Now().UtcDateTime.AddSeconds(-ageSeconds));
        Finding finding = Assert.Single(MetricsCheck.Run(board.Machine, Settings(), serviceRuns: true));
        Assert.Equal(verdict, finding.Verdict);
        Assert.StartsWith($"{Metrics}, {ageSeconds} s old, written every 20 s", finding.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_missing_is_told_of_while_the_service_runs()
    {
        Assert.Equal(Verdict.Warning, Assert.Single(MetricsCheck.Run(board.Machine, Settings(), serviceRuns: true)).Verdict);
        Assert.Empty(MetricsCheck.Run(board.Machine, Settings(), serviceRuns: false));
        Assert.Empty(MetricsCheck.Run(board.Machine, ServiceSettings.None, serviceRuns: true));
    }

    private ServiceSettings Settings()
    {
        board.Write("/etc/edge/edge.json", $$"""{ "Edge": { "Metrics": { "Path": "{{Metrics}}", "EverySeconds": 20 } } }""");
        return ServiceSettings.Read(board.Machine.PathTo("/etc/edge/edge.json"));
    }
}
