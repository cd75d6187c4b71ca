using System.Diagnostics;
using System.Text.Json;
using Edge.Hosting.Actions;

namespace Edge.Hosting.Tests.Actions;

public sealed class JsonLinesActionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly LogLines log = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Each_event_is_in_the_file_as_soon_as_it_is_handled()
    {
        string path = folder.PathTo("events.jsonl");
        var action = new JsonLinesAction(path);
        for (long i = 1; i <= 3; i++)
        {
            await action.HandleAsync(Some.Event(i), TestContext.Current.CancellationToken);
            Assert.Equal(i, Sequences(path)[^1]);
        }

        Assert.Equal([1, 2, 3], Sequences(path));
    }

    [Fact]
    public async Task Full_files_move_aside_and_the_oldest_goes()
    {
        string path = folder.PathTo("events.jsonl");
        int line = EventLine.Format(Some.Event()).Length + 1;
        var action = new JsonLinesAction(path, maximumBytes: (2 * line) + 1, keepFiles: 2);
        for (long i = 1; i <= 7; i++)
        {
            await action.HandleAsync(Some.Event(i), TestContext.Current.CancellationToken);
        }

        Assert.Equal([7], Sequences(path));
        Assert.Equal([5, 6], Sequences(path + ".1"));
        Assert.Equal([3, 4], Sequences(path + ".2"));
        Assert.False(File.Exists(path + ".3"));
    }

    [Theory]
    [InlineData("{\"sequence\":1}\n{\"time\":\"2026-", new long[] { 1, 9 })]
    [InlineData("{\"time\":\"2026-", new long[] { 9 })]
    [InlineData("{\"sequence\":1}\n", new long[] { 1, 9 })]
    public async Task What_a_loss_of_power_cut_is_removed(string before, long[] after)
    {
        string path = folder.PathTo("events.jsonl");
        File.WriteAllText(path, before);
        await new JsonLinesAction(path).HandleAsync(Some.Event(9), TestContext.Current.CancellationToken);
        Assert.Equal(after, Sequences(path));
    }

    [Fact]
    public async Task A_file_of_another_kind_is_not_touched()
    {
        string path = folder.PathTo("letter.txt");
        File.WriteAllText(path, "Dear reader,\nno line end");
        RetryException refused = await Assert.ThrowsAsync<RetryException>(() => new JsonLinesAction(path).HandleAsync(Some.Event(), TestContext.Current.CancellationToken).AsTask());
        Assert.Contains("is no file of JSON lines", refused.Message);
        Assert.Equal("Dear reader,\nno line end", File.ReadAllText(path));
    }

    [Fact]
    public async Task A_file_that_was_moved_away_is_begun_anew()
    {
        string path = folder.PathTo("events.jsonl");
        var action = new JsonLinesAction(path);
        await action.HandleAsync(Some.Event(1), TestContext.Current.CancellationToken);
        File.Move(path, path + ".old");
        await action.HandleAsync(Some.Event(2), TestContext.Current.CancellationToken);
        Assert.Equal([2], Sequences(path));
    }

    [Fact]
    public async Task A_device_that_is_always_full_keeps_the_events_waiting()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "this system has no /dev/full");
        await using var queue = new ActionQueue(new JsonLinesAction("/dev/full"), Fast(8), log);
        queue.TryPost(Some.Event(1));
        await Eventually.HoldsAsync(() => queue.Counters.Retried >= 3);
        Assert.Equal(1, queue.Counters.Pending);
        string line = Assert.Single(log.Lines);
        Assert.Contains("No space left on device", line);
    }

    [Fact]
    public async Task A_full_disk_loses_nothing_that_the_queue_holds_and_leaves_no_half_line()
    {
        using SmallDisk disk = SmallDisk.Mount(folder.PathTo("disk"));
        string path = Path.Combine(disk.Path, "events.jsonl"), filler = Path.Combine(disk.Path, "filler");
        File.WriteAllBytes(filler, new byte[SmallDisk.Bytes - 8192]);
        await using var queue = new ActionQueue(new JsonLinesAction(path), Fast(256), log);
        for (long i = 1; i <= 100; i++)
        {
            queue.TryPost(Some.Event(i));
        }

        await Eventually.HoldsAsync(() => queue.Counters.Retried >= 3, () => queue.Counters.ToString());
        long[] held = Sequences(path); // whole lines alone, though the disk ended inside one
        Assert.InRange(held.Length, 1, 99);
        File.Delete(filler);
        await Eventually.HoldsAsync(() => queue.Counters.Sent == 100, () => queue.Counters.ToString());
        Assert.Equal([.. Enumerable.Range(1, 100).Select(number => (long)number)], Sequences(path));
        Assert.Equal(2, log.Lines.Count);
        Assert.Contains("Events wait for it", log.Lines[0]);
        Assert.Contains("works again", log.Lines[1]);
    }

    private static ActionQueueOptions Fast(int capacity) =>
        new() { Capacity = capacity, FirstDelay = TimeSpan.FromMilliseconds(1), LongestDelay = TimeSpan.FromMilliseconds(5) };

    /// <summary>Reads as anybody would: every line must be a whole JSON object, the last one ended.</summary>
    private static long[] Sequences(string path)
    {
        string text = File.ReadAllText(path);
        Assert.EndsWith("\n", text);
        return [.. text[..^1].Split('\n').Select(line =>
        {
            using JsonDocument json = JsonDocument.Parse(line);
            return json.RootElement.GetProperty("sequence").GetInt64();
        })];
    }

    /// <summary>A file system in memory with room for five pages.</summary>
    private sealed class SmallDisk : IDisposable
    {
        public const int Bytes = 20 * 1024;

        private SmallDisk(string path) => Path = path;

        public string Path { get; }

        public static SmallDisk Mount(string path)
        {
            Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "a small disk is mounted, which takes root on Linux");
            Directory.CreateDirectory(path);
            Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", $"size={Bytes}", "tmpfs", path) == 0, "this machine mounts nothing");
            return new SmallDisk(path);
        }

        public void Dispose() => Run("umount", "-l", Path);

        private static int Run(string program, params string[] arguments)
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode;
        }
    }
}
