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
    [InlineData(ExitCode.WorkFailed, "work", "--how=full-disk")]
    public void Every_outcome_has_its_exit_code(int expected, params string[] args) => Assert.Equal(expected, Program().Run(args));

    [Fact]
    public void A_fault_of_the_program_is_not_hidden() =>
        Assert.Throws<InvalidOperationException>(() => Program().Run(["work", "--how=bug"]));

    [Fact]
    public void A_cancelled_command_says_so_in_one_line()
    {
        using var source = new CancellationTokenSource();
        var errors = new StringWriter();
        var program = new CommandLine("edge", "", new Command(new CommandSyntax("edge work", "", "Works.", "edge work"), (_, token) =>
        {
            source.Cancel();
            token.ThrowIfCancellationRequested();
            return ExitCode.Done;
        }))
        {
            CancellationToken = source.Token,
        };

        Assert.Equal(ExitCode.Cancelled, program.Run(["work"], TextWriter.Null, errors));
        Assert.Equal("edge: cancelled; nothing was written", errors.ToString().TrimEnd());
    }

    [Fact]
    public void A_cancellation_that_nobody_asked_for_is_a_fault_of_the_program() => Assert.Throws<OperationCanceledException>(() =>
        new CommandLine("edge", "", new Command(new CommandSyntax("edge work", "", "Works.", "edge work"), _ => throw new OperationCanceledException())).Run(["work"]));

    private static CommandLine Program() => new(
        "edge",
        "Tries exit codes.",
        new Command(new CommandSyntax("edge work", "", "Works.", "edge work", new Option("how", "OUTCOME", "what comes of it", "done")), arguments => arguments.Text("how") switch
        {
            "done" => ExitCode.Done,
            "fail" => ExitCode.WorkFailed,
            "bad-sound" => throw new AudioFormatException("a.wav is not sound."),
            "full-disk" => throw new IOException("No space left on device", 28),
            "missing" => File.ReadAllBytes(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString())).Length,
            _ => throw new InvalidOperationException("bug"),
        }));
}
