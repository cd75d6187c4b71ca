using System.Diagnostics;

namespace Edge.Hosting.Tests.Supervision;

public class FullDiskTests
{
    [Fact]
    public async Task Events_wait_while_the_disk_is_full_and_none_is_lost()
    {
        using var disk = SmallDisk.Mount();
        await using var service = new SupervisedService();
        service.EventsPath = Path.Combine(disk.Path, "events.jsonl");
        await service.StartAsync();
        await service.HearAsync("alexa");
        disk.Fill();
        foreach (string word in (string[])["jarvis", "computer", "snowboy"])
        {
            await service.Microphone.SayAsync(word);
        }

        await service.UntilAsync(() => service.Supervisor.Lines("No space left").Length > 0, "the full disk is told of");
        await service.Microphone.SayAsync("alexa");
        Assert.Equal(["alexa", "padding"], service.Events.Select(heard => heard.Label));
        disk.Free();
        await service.UntilAsync(() => service.Events.Length == 6, "the events are written");
        Assert.Equal(["alexa", "padding", "jarvis", "computer", "snowboy", "alexa"], service.Events.Select(heard => heard.Label));
        await service.UntilAsync(() => service.Supervisor.Lines("works again").Length > 0, "it is said that it works again");
        Assert.EndsWith("\n", File.ReadAllText(service.EventsPath), StringComparison.Ordinal);
        Assert.Single(service.Supervisor.Lines("No space left"));
        Assert.Single(service.Supervisor.Lines("works again"));
    }

    /// <summary>A file system of a few kilobytes in memory.</summary>
    private sealed class SmallDisk : IDisposable
    {
        private const int PageBytes = 4096;

        private SmallDisk(string path) => Path = path;

        public string Path { get; }

        private string Filler => System.IO.Path.Combine(Path, "filler");

        public static SmallDisk Mount()
        {
            Assert.SkipUnless(OperatingSystem.IsLinux() && System.Environment.IsPrivilegedProcess, "Only root mounts a small disk.");
            var disk = new SmallDisk(Directory.CreateTempSubdirectory("edge-disk-").FullName);
            if (Run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk.Path) != 0)
            {
                Directory.Delete(disk.Path);
                Assert.Skip("No disk can be mounted here, as in a container without the right to.");
            }

            return disk;
        }

        public void Fill()
        {
            // What is left of the page that the events' file ends in belongs to it already.
            string events = System.IO.Path.Combine(Path, "events.jsonl");
            const string Line = """{"label":"padding","start_s":0,"source":""}""";
            int left = PageBytes - (int)(new FileInfo(events).Length % PageBytes) - 1;
            File.AppendAllText(events, Line.Replace("\"source\":\"", "\"source\":\"" + new string('x', left - Line.Length), StringComparison.Ordinal) + "\n");
            using FileStream filler = new(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            try
            {
                while (true)
                {
                    filler.Write(new byte[PageBytes]);
                }
            }
            catch (IOException)
            {
                // Full, which is what was asked for.
            }
        }

        public void Free() => File.Delete(Filler);

        public void Dispose()
        {
            Run("umount", "-l", Path);
            Directory.Delete(Path);
        }

        private static int Run(string program, params string[] arguments)
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode;
        }
    }
}
