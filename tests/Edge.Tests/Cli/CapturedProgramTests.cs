using System.Diagnostics;
using Edge.Cli;

namespace Edge.Tests.Cli;

public class CapturedProgramTests
{
    private const int Patience = 60_000;

    public CapturedProgramTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "posix_spawn's flags are Linux's here.");

    [Fact]
    public void Both_outputs_are_given_whole_and_arguments_reach_the_program_as_they_are()
    {
        (string output, string errors)? answer = CapturedProgram.Run("/bin/sh", ["-c", "seq 1 100000; echo \"$0 $1\" >&2", "a b", "$HOME; ü"], Patience);
        Assert.Equal("a b $HOME; ü\n", answer?.errors);
        Assert.Equal(100_000, answer?.output.Count(c => c == '\n'));
    }

    [Fact]
    public void The_environment_is_handed_on()
    {
        string? path = Environment.GetEnvironmentVariable("PATH");
        Assert.Equal($"{path}\n", CapturedProgram.Run("/bin/sh", ["-c", "echo \"$PATH\""], Patience)?.Output);
    }

    [Fact]
    public void A_program_that_is_missing_gives_nothing() => Assert.Null(CapturedProgram.Run("/nowhere/program", [], Patience));

    [Fact]
    public void A_program_that_does_not_end_is_killed()
    {
        string mark = $"3600.{Environment.ProcessId}";
        Assert.Null(CapturedProgram.Run("/bin/sleep", [mark], 50));
        Assert.DoesNotContain(Process.GetProcessesByName("sleep"), process => CommandLineOf(process).Contains(mark, StringComparison.Ordinal));
    }

    private static string CommandLineOf(Process process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process.Id}/cmdline");
        }
        catch (IOException)
        {
            return ""; // another one, which has ended
        }
    }
}
