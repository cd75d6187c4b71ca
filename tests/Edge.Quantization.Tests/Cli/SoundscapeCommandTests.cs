using Edge.Cli;
using Edge.Quantization.Analysis.Evaluation;
using Edge.Quantization.Cli;
using Edge.Tests;
using Edge.Quantization.Tests.Analysis.Evaluation;

namespace Edge.Quantization.Tests.Cli;

public sealed class SoundscapeCommandTests : IDisposable
{
    private static readonly string Noise = Repository.PathTo("samples", "recordings", "keywords.wav");

    private readonly string folder = Directory.CreateTempSubdirectory("edge-soundscape-").FullName;

    public SoundscapeCommandTests() => BundledWords.Cut(At("clips"));

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Recordings_and_their_table_are_written_and_can_be_read_back()
    {
        Expect(ExitCode.Done, "", At("clips"), "--background", Noise, "--out", At("out"), "--count", "2", "--seconds", "20", "--snr-db", "5..15");

        IReadOnlyList<LabelledClip> events = LabelledClips.FromTable(At("out/events.csv"));
        Assert.NotEmpty(events);
        Assert.All(events, one => Assert.InRange(one.End!.Value.TotalSeconds, one.Start!.Value.TotalSeconds, 20));
        Assert.Equal(2, Directory.GetFiles(At("out"), "*.wav").Length);
    }

    [Theory]
    [InlineData("expected decibels", "--snr-db", "20..0")]
    [InlineData("expected decibels", "--snr-db", "loud")]
    [InlineData("expected a number from 5 to 3600", "--seconds", "1")]
    [InlineData("--ignore is 'owl'", "--ignore", "owl")]
    public void Wrong_options_are_told(string message, string option, string value) =>
        Expect(ExitCode.WrongUsage, message, At("clips"), "--background", Noise, "--out", At("out"), option, value);

    [Fact]
    public void A_background_is_required() => Expect(ExitCode.WrongUsage, "--background PATH is required", At("clips"), "--out", At("out"));

    [Fact]
    public void What_is_written_before_a_cancellation_has_no_table()
    {
        Directory.CreateDirectory(At("out"));
        File.WriteAllText(At("out/events.csv"), "file,label,start_s,end_s\n");
        using var source = new CancellationTokenSource();
        using var watcher = new FileSystemWatcher(At("out"), "*.wav");
        watcher.Renamed += (_, _) => source.Cancel();
        watcher.EnableRaisingEvents = true;

        int code = new CommandLine("edgec", "", SoundscapeCommand.Command) { CancellationToken = source.Token }
            .Run(["soundscape", At("clips"), "--background", Noise, "--out", At("out"), "--count", "10000", "--seconds", "20"], TextWriter.Null, TextWriter.Null);

        Assert.Equal(ExitCode.Cancelled, code);
        Assert.NotEmpty(Directory.GetFiles(At("out"), "*.wav"));
        Assert.False(File.Exists(At("out/events.csv")));
        Assert.Empty(Directory.GetFiles(At("out"), "*.tmp"));
    }

    [Fact]
    public void A_file_is_no_folder_to_write_into() =>
        Expect(ExitCode.WrongUsage, "a file; expected a folder", At("clips"), "--background", Noise, "--out", Noise);

    private string At(string name) => Path.Combine(folder, name);

    private static void Expect(int code, string message, params string[] args)
    {
        var errors = new StringWriter();
        Assert.Equal(code, new CommandLine("edgec", "", SoundscapeCommand.Command).Run(["soundscape", .. args], TextWriter.Null, errors));
        Assert.Contains(message, errors.ToString(), StringComparison.Ordinal);
    }
}
