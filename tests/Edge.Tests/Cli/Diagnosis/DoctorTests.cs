using Edge.Cli.Diagnosis;
using Edge.Tests.Detection;

namespace Edge.Tests.Cli.Diagnosis;

public class DoctorTests
{
    [Fact]
    public void A_healthy_Pi_4_has_nothing_to_be_told() => AssertHealthy(FakeBoard.Pi4(), dotProduct: false, "Raspberry Pi 4 Model B Rev 1.4, ");

    [Fact]
    public void A_healthy_Pi_5_has_nothing_to_be_told() => AssertHealthy(FakeBoard.Pi5(), dotProduct: true, "Raspberry Pi 5 Model B Rev 1.0, ");

    [Fact]
    public void The_installed_configuration_says_what_must_be_there()
    {
        using FakeBoard board = FakeBoard.Pi4();
        board.Delete("/proc/asound");
        board.Write("/etc/edge/edge.json", """
            {
              // as shipped
              "Edge": {
                "source": { "Kind": "alsa", "Device": "default" },
                "Models": [ { "Name": "gone", "Path": "/nowhere/gone.edge" } ],
                "Actions": [ { "Kind": "led", "Led": "status" }, { "Kind": "json-lines", "Path": "/srv/edge/events.jsonl" } ],
              }
            }
            """);
        Finding[] faults = [.. Examine(board).Where(finding => finding.Verdict == Verdict.Fault)];
        Assert.Equal(["storage", "audio", "leds", "model"], faults.Select(finding => finding.Check));
        Assert.Contains("/srv/edge does not exist", faults[0].Found);
        Assert.Contains("no sound card", faults[1].Found);
        Assert.Contains("'status'; LEDs here: ACT, PWR", faults[2].Found);
        Assert.Contains("gone.edge", faults[3].Found);
        Assert.All(faults, finding => Assert.NotNull(finding.Advice));
    }

    [Fact]
    public void A_configuration_that_is_no_JSON_is_a_fault_and_the_other_checks_go_on()
    {
        using FakeBoard board = FakeBoard.Pi4();
        board.Write("/etc/edge/edge.json", "{ \"Edge\": ");
        Finding[] findings = [.. Examine(board)];
        Assert.Equal("configuration", Assert.Single(findings, finding => finding.Verdict == Verdict.Fault).Check);
        Assert.Contains(findings, finding => finding.Check == "service");
    }

    [Fact]
    public void Models_that_are_installed_are_tested_where_none_is_named()
    {
        using FakeBoard board = FakeBoard.Pi4();
        Directory.CreateDirectory(board.PathTo(ModelCheck.Folder));
        TinyModel.Write(board.PathTo(ModelCheck.Folder));
        TinyModel.Write(board.PathTo(ModelCheck.Folder), "wrong", digest: new string('0', 64));
        Finding[] models = [.. Examine(board).Where(finding => finding.Check == "model")];
        Assert.Equal([Verdict.Ok, Verdict.Fault], models.Select(finding => finding.Verdict));
        Assert.Contains("self-test passed", models[0].Found);
        Assert.Contains("wrong.edge: the scores are not those", models[1].Found);
    }

    [Fact]
    public void A_board_of_which_nothing_can_be_read_breaks_no_check()
    {
        using FakeBoard board = FakeBoard.Pi4();
        foreach (string folder in (string[])["/proc", "/sys", "/dev", "/etc", "/var"])
        {
            board.Delete(folder);
        }

        Assert.DoesNotContain(Examine(board), finding => finding.Verdict == Verdict.Fault);
    }

    private static IEnumerable<Finding> Examine(FakeBoard board, bool dotProduct = false) => new Doctor(board.Machine, FakeBoard.Program(dotProduct)).Run();

    private static void AssertHealthy(FakeBoard board, bool dotProduct, string processor)
    {
        using (board)
        {
            Finding[] findings = [.. Examine(board, dotProduct)];
            Assert.All(findings, finding => Assert.Equal(Verdict.Ok, finding.Verdict));
            Assert.Equal(["program", "processor", "memory", "temperature", "throttling", "clock rate", "time", "storage", "audio", "leds", "gpio", "service", "model"], findings.Select(finding => finding.Check));
            Assert.StartsWith(processor, findings[1].Found, StringComparison.Ordinal);
        }
    }
}
