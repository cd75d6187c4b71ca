using Edge.Cli.Diagnosis;

namespace Edge.Tests.Cli.Diagnosis;

public sealed class ConfigurationCheckTests : IDisposable
{
    private readonly FakeBoard board = FakeBoard.Pi4();

    public void Dispose() => board.Dispose();

    [Fact]
    public void The_service_s_own_check_is_asked_with_the_file_and_each_of_its_faults_told()
    {
        Finding[] findings = Check("""echo "{\"file\":\"$4\",\"ok\":false,\"faults\":[{\"kind\":\"configuration\",\"message\":\"$1 $2 $3\"},{\"kind\":\"device\",\"message\":\"busy\"}]}"; exit 2""");
        Finding fault = Assert.Single(findings);
        Assert.Equal((Verdict.Fault, "/etc/edge.json: --check --json --config"), (fault.Verdict, fault.Found));
    }

    [Theory]
    [InlineData("""echo '{"ok":true,"faults":[]}'""", Verdict.Ok)]
    [InlineData("""echo '{"ok":false,"faults":[{"kind":"device","message":"busy"}]}'""", Verdict.Ok)]
    [InlineData("""echo 'edge: /etc/edge.json has no field Edge' >&2; exit 2""", Verdict.Fault)]
    internal void What_the_service_answers_counts(string script, Verdict expected) => Assert.Equal(expected, Assert.Single(Check(script)).Verdict);

    [Fact]
    public void Without_the_service_the_file_is_not_judged()
    {
        Finding finding = Assert.Single(ConfigurationCheck.Run("/etc/edge.json", ServiceSettings.None, null, asService: true));
        Assert.Equal(Verdict.Ok, finding.Verdict);
        Assert.Contains("edge serve --check", finding.Advice);
        Assert.Equal(finding, Assert.Single(ConfigurationCheck.Run("/etc/edge.json", ServiceSettings.None, ("/nowhere/edge-serve", []), asService: true)));
    }

    [Fact]
    public void Faults_that_a_user_sees_in_place_of_the_service_may_be_none()
    {
        Finding finding = Assert.Single(Check("""echo '{"ok":false,"faults":[{"kind":"configuration","message":"no folder"}]}'""", asService: false));
        Assert.Equal(Verdict.Warning, finding.Verdict);
        Assert.EndsWith("sudo edge doctor", finding.Advice, StringComparison.Ordinal);
    }

    private Finding[] Check(string script, bool asService = true)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-in for the service is a shell script.");
        board.Write("/edge-serve.sh", script);
        return [.. ConfigurationCheck.Run("/etc/edge.json", ServiceSettings.None, ("/bin/sh", [board.PathTo("/edge-serve.sh")]), asService)];
    }
}
