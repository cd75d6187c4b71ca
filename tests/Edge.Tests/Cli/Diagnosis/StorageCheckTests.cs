using Edge.Cli.Diagnosis;

namespace Edge.Tests.Cli.Diagnosis;

public sealed class StorageCheckTests : IDisposable
{
    private readonly FakeBoard board = FakeBoard.Pi4();

    public void Dispose() => board.Dispose();

    [Fact]
    public void A_folder_that_takes_files_is_left_as_it_was()
    {
        Finding finding = Assert.Single(StorageCheck.Run(board.Machine, [], installed: true));
        Assert.StartsWith("/var/lib/edge: can be written to, ", finding.Found, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(board.PathTo("/var/lib/edge")));
    }

    [Theory]
    [InlineData(5_000, Verdict.Ok)]
    [InlineData(199, Verdict.Warning)]
    [InlineData(19, Verdict.Fault)]
    internal void Little_room_is_told_of(long megabytes, Verdict expected) =>
        Assert.Equal(expected, StorageCheck.OfFreeSpace("/var/lib/edge", megabytes).Verdict);

    [Fact]
    public void A_folder_that_the_service_makes_may_be_missing_but_no_other()
    {
        Assert.Equal(Verdict.Ok, Assert.Single(StorageCheck.Run(board.Machine, ["/var/lib/edge/events"], installed: true)).Verdict);
        Assert.Equal(Verdict.Fault, Assert.Single(StorageCheck.Run(board.Machine, ["/var/lib/edge/events"], installed: false)).Verdict);
        Assert.Equal(Verdict.Fault, Assert.Single(StorageCheck.Run(board.Machine, ["/mnt/events"], installed: true)).Verdict);
    }

    [Fact]
    public void A_file_system_that_takes_nothing_is_a_fault()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc takes no files on Linux alone.");
        Finding finding = Assert.Single(StorageCheck.Run(new Machine(), ["/proc"], installed: true));
        Assert.Equal(Verdict.Fault, finding.Verdict);
        Assert.Contains("cannot be written to", finding.Found);
    }
}
