using Edge.Hosting.Actions;

namespace Edge.Hosting.Tests.Actions;

public sealed class CommandActionTests : IDisposable
{
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder folder = new();

    public CommandActionTests() => Assert.SkipUnless(File.Exists("/bin/sh"), "the commands are for Unix");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_program_gets_the_event_as_arguments()
    {
        await HandleAsync(Some.Event(), "{label}", "at {start_s} s", "{score}{model}");
        Assert.Equal("alexa\nat 1.234 s\n0.88wake-words\n", File.ReadAllText(folder.PathTo("out")));
    }

    [Theory]
    [InlineData("$(touch PWNED)")]
    [InlineData("`touch PWNED`")]
    [InlineData("; touch PWNED; #")]
    [InlineData("' || touch PWNED || '")]
    [InlineData("\" && touch PWNED && \"")]
    [InlineData("a b\tc*?~")]
    [InlineData("--help")]
    [InlineData("{model} {label}")]
    [InlineData("")]
    public async Task Whatever_a_label_holds_is_one_argument_and_runs_nothing(string label)
    {
        string hostile = label.Replace("PWNED", folder.PathTo("PWNED"), StringComparison.Ordinal);
        await HandleAsync(Some.Event(label: hostile), "{label}", "-{label}-");
        string plain = hostile.Replace('\t', ' ');
        Assert.Equal($"{plain}\n-{plain}-\n", File.ReadAllText(folder.PathTo("out")));
        Assert.False(File.Exists(folder.PathTo("PWNED")));
    }

    [Fact]
    public async Task A_program_that_takes_too_long_is_killed_with_what_it_started()
    {
        string pid = folder.PathTo("pid");
        int milliseconds = 500;
        IOException killed = await Killed();
        while (!File.Exists(pid) && milliseconds < 60_000)
        {
            milliseconds *= 4; // a busy machine had not come to start it
            killed = await Killed();
        }

        Assert.StartsWith($"was killed: it ran longer than {milliseconds} ms (TimeoutMs).", killed.Message);
        string child = $"/proc/{File.ReadAllText(pid).Trim()}/stat";
        await Eventually.HoldsAsync(() => !IsAlive(child));

        Task<IOException> Killed() => Assert.ThrowsAsync<IOException>(() =>
            new CommandAction(["/bin/sh", "-c", "sleep 600 & echo $! > \"$0.new\"; mv \"$0.new\" \"$0\"; wait", pid], TimeSpan.FromMilliseconds(milliseconds))
                .HandleAsync(Some.Event(), TestContext.Current.CancellationToken).AsTask());
    }

    [Fact]
    public async Task What_a_failing_program_printed_is_told_in_part()
    {
        var action = new CommandAction(["/bin/sh", "-c", "echo it broke >&2; head -c 5000000 /dev/zero | tr '\\0' x; exit 3"], Generous);
        IOException failed = await Assert.ThrowsAsync<IOException>(() => action.HandleAsync(Some.Event(), TestContext.Current.CancellationToken).AsTask());
        Assert.StartsWith("ended with code 3; expected 0. It printed:", failed.Message);
        Assert.InRange(failed.Message.Length, 1000, 1200);
    }

    [Fact]
    public async Task A_program_that_reads_its_input_finds_none()
    {
        await new CommandAction(["/bin/sh", "-c", "cat; test $? = 0"], Generous).HandleAsync(Some.Event(), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_program_that_leaves_another_behind_is_not_waited_for()
    {
        string pid = folder.PathTo("pid");
        await new CommandAction(["/bin/sh", "-c", "sleep 600 & echo $! > \"$0\"", pid], Generous).HandleAsync(Some.Event(), TestContext.Current.CancellationToken);
        using var left = System.Diagnostics.Process.GetProcessById(int.Parse(File.ReadAllText(pid), System.Globalization.CultureInfo.InvariantCulture));
        Assert.False(left.HasExited);
        left.Kill();
    }

    [Fact]
    public async Task A_program_that_is_absent_is_told_as_such()
    {
        IOException absent = await Assert.ThrowsAsync<IOException>(() => new CommandAction(["/nowhere/program"], Generous).HandleAsync(Some.Event(), TestContext.Current.CancellationToken).AsTask());
        Assert.StartsWith("cannot be started:", absent.Message);
    }

    [Fact]
    public async Task Stopping_the_service_kills_a_program_that_runs()
    {
        var queue = new ActionQueue(new CommandAction(["/bin/sh", "-c", "echo > \"$0\"; sleep 600", folder.PathTo("started")], Generous), null, new LogLines());
        queue.TryPost(Some.Event());
        await Eventually.HoldsAsync(() => File.Exists(folder.PathTo("started")));
        await queue.StopAsync(TimeSpan.Zero);
        Assert.Equal(1, queue.Counters.Dropped);
    }

    private async Task HandleAsync(DeviceEvent heard, params string[] arguments)
    {
        var action = new CommandAction(["/bin/sh", "-c", "printf '%s\\n' \"$@\" > \"$0\"", folder.PathTo("out"), .. arguments], Generous);
        await action.HandleAsync(heard, TestContext.Current.CancellationToken);
    }

    /// <summary>A killed program whose parent is gone too may stay as a zombie where nobody collects it.</summary>
    private static bool IsAlive(string stat)
    {
        try
        {
            return File.ReadAllText(stat).Split(") ")[^1][0] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }
}
