using Edge.Cli.Diagnosis;

namespace Edge.Tests.Cli.Diagnosis;

public sealed class ServiceCheckTests : IDisposable
{
    private const string Processes = "/sys/fs/cgroup/system.slice/edge.service/cgroup.procs";
    private readonly FakeBoard board = FakeBoard.Pi4();

    public ServiceCheckTests()
    {
        board.Write("/usr/lib/systemd/system/edge.service", "[Unit]");
        board.Write("/run/systemd/system/keep", "");
        board.Write("/etc/systemd/system/multi-user.target.wants/edge.service", "[Unit]");
        board.Write(Processes, "812\n");
    }

    public void Dispose() => board.Dispose();

    [Fact]
    public void A_service_that_runs_is_told_with_its_process()
    {
        Finding finding = Assert.Single(ServiceCheck.Run(board.Machine));
        Assert.Equal((Verdict.Ok, "/usr/lib/systemd/system/edge.service, starts with the board, runs as process 812"), (finding.Verdict, finding.Found));
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public void A_service_that_is_installed_and_does_not_run_is_told_of(string? processes)
    {
        board.Delete(processes is null ? "/sys/fs" : Processes);
        if (processes is not null)
        {
            board.Write(Processes, processes);
        }

        Finding finding = Assert.Single(ServiceCheck.Run(board.Machine));
        Assert.Equal(Verdict.Warning, finding.Verdict);
        Assert.Contains("journalctl -u edge", finding.Advice);
    }

    [Fact]
    public void A_service_that_the_board_does_not_start_is_told_of()
    {
        board.Delete("/etc/systemd");
        Assert.Equal((Verdict.Warning, "sudo systemctl enable edge"), (Assert.Single(ServiceCheck.Run(board.Machine)).Verdict, Assert.Single(ServiceCheck.Run(board.Machine)).Advice));
    }

    [Fact]
    public void A_machine_without_the_service_or_without_systemd_is_no_fault()
    {
        board.Delete("/run");
        Assert.Contains("systemd does not run here", Assert.Single(ServiceCheck.Run(board.Machine)).Found);
        board.Delete("/usr");
        Assert.False(ServiceCheck.IsInstalled(board.Machine));
        Assert.Equal(Verdict.Ok, Assert.Single(ServiceCheck.Run(board.Machine)).Verdict);
    }
}
