using System.Diagnostics;
using Edge.Audio;
using Edge.Cli;
using Edge.Quantization.Cli;

namespace Edge.Quantization.Tests.Cli;

public sealed class InterruptionTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edge-interrupt-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Ctrl_c_ends_the_program_with_one_line_and_no_file()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals are sent by kill, which only Unix has.");
        string output = Path.Combine(folder, "all.npy");
        using Process program = Start("features", "--front-end", "log-mel", "--concat", "--out", output, Recordings(2_000));
        Task<string> errors = program.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        while (!program.HasExited && Directory.GetFiles(folder, "*.tmp").Length == 0)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Process.Start("kill", ["-INT", $"{program.Id}"]).WaitForExit();
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("edgec: cancelled; nothing was written", (await errors).Trim());
        Assert.Equal(ExitCode.Cancelled, program.ExitCode);
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Fact]
    public void Recordings_that_were_done_are_told()
    {
        using var source = new CancellationTokenSource();
        string recordings = Recordings(50);
        string output = Path.Combine(folder, "out");
        using var watcher = new FileSystemWatcher(folder, "0001.npy") { IncludeSubdirectories = true };
        watcher.Renamed += (_, _) => source.Cancel();
        watcher.EnableRaisingEvents = true;

        int code = new CommandLine("edgec", "", FeaturesCommand.Command) { CancellationToken = source.Token }
            .Run(["features", "--front-end", "log-mel", "--out", output, recordings], TextWriter.Null, TextWriter.Null);

        int written = Directory.GetFiles(output, "*.npy").Length;
        Assert.Empty(Directory.GetFiles(output, "*.tmp"));
        Assert.Equal(written == 50 ? ExitCode.Done : ExitCode.Cancelled, code); // on a slow machine the news may come late
    }

    /// <summary>A folder of links to one recording of ten seconds.</summary>
    private string Recordings(int count)
    {
        string recordings = Path.Combine(folder, "recordings");
        Directory.CreateDirectory(recordings);
        WavWriter.Write(Path.Combine(recordings, "0000.wav"), SyntheticSignal.Generate(1, 160_000), 16_000);
        for (int i = 1; i < count; i++)
        {
            File.CreateSymbolicLink(Path.Combine(recordings, $"{i:0000}.wav"), "0000.wav");
        }

        return recordings;
    }

    private static Process Start(params string[] arguments)
    {
        string assembly = typeof(FeaturesCommand).Assembly.Location;
        return Process.Start(new ProcessStartInfo("dotnet", [assembly, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
    }
}
