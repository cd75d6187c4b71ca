using Edge.Audio;
using Edge.Cli;

namespace Edge.Tests;

public class CommandLineTests
{
    [Theory]
    [InlineData(ExitCode.Done, "--help")]
    [InlineData(ExitCode.Done, "--version")]
    [InlineData(ExitCode.Done, "work", "--help")]
    [InlineData(ExitCode.WorkFailed, "work", "--how=fail")]
    [InlineData(ExitCode.WrongUsage)]
    [InlineData(ExitCode.WrongUsage, "wrok")]
    [InlineData(ExitCode.WrongUsage, "work", "--hwo=done")]
    [InlineData(ExitCode.BadInputFile, "work", "--how=bad-sound")]
    [InlineData(ExitCode.BadInputFile, "work", "--how=missing")]
    public void Every_outcome_has_its_exit_code(int expected, params string[] args) => Assert.Equal(expected, Program().Run(args, cancellationToken: TestContext.Current.CancellationToken));

    [Fact]
    public void A_fault_of_the_program_is_not_hidden() =>
        Assert.Throws<InvalidOperationException>(() => Program().Run(["work", "--how=bug"], cancellationToken: TestContext.Current.CancellationToken));

    private static CommandLine Program() => new(
        "edge",
        "Tries exit codes.",
        new Command(new CommandSyntax("edge work", "", "Works.", "edge work", new Option("how", "OUTCOME", "what comes of it", "done")), arguments => arguments.Text("how") switch
        {
            "done" => ExitCode.Done,
            "fail" => ExitCode.WorkFailed,
            "bad-sound" => throw new AudioFormatException("a.wav is not sound."),
            "missing" => File.ReadAllBytes(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString())).Length,
            _ => throw new InvalidOperationException("bug"),
        }));
}
