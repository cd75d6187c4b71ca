using Edge.Cli.Diagnosis;

namespace Edge.Tests.Cli.Diagnosis;

public sealed class OutputCheckTests : IDisposable
{
    private readonly FakeBoard board = FakeBoard.Pi4();

    public void Dispose() => board.Dispose();

    [Fact]
    public void LEDs_and_pins_are_listed()
    {
        Finding[] findings = [.. OutputCheck.Run(board.Machine, ServiceSettings.None)];
        Assert.Equal([("leds", "ACT, PWR"), ("gpio", "gpiochip0")], findings.Select(finding => (finding.Check, finding.Found)));
    }

    [Fact]
    public void A_configured_LED_that_this_user_may_not_light_is_told_of()
    {
        ServiceSettings settings = Configure("""{ "Kind": "led", "Led": "ACT" }""");
        Assert.Equal(Verdict.Ok, OutputCheck.Run(board.Machine, settings).First().Verdict);
        Machine closed = new(board.PathTo("/")) { MayUse = _ => false };
        Finding finding = OutputCheck.Run(closed, settings).First();
        Assert.Equal(Verdict.Warning, finding.Verdict);
        Assert.Contains("/sys/class/leds/ACT/brightness", finding.Found);
    }

    [Fact]
    public void Pins_are_a_fault_only_where_an_action_drives_them()
    {
        ServiceSettings settings = Configure("""{ "Kind": "gpio", "Pin": 17 }""");
        Machine closed = new(board.PathTo("/")) { MayUse = _ => false };
        Assert.Equal(Verdict.Fault, OutputCheck.Run(closed, settings).Last().Verdict);
        board.Delete("/dev/gpiochip0");
        Assert.Equal(Verdict.Fault, OutputCheck.Run(board.Machine, settings).Last().Verdict);
        Assert.Equal(Verdict.Ok, OutputCheck.Run(board.Machine, ServiceSettings.None).Last().Verdict);
    }

    private ServiceSettings Configure(string action)
    {
        board.Write("/etc/edge/edge.json", $$"""{ "Edge": { "Actions": [ {{action}} ] } }""");
        return ServiceSettings.Read(board.PathTo("/etc/edge/edge.json"));
    }
}
