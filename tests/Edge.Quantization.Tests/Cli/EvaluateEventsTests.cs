using System.Globalization;
using Edge.Cli;
using Edge.Detection;
using Edge.Quantization.Cli;
using Edge.Quantization.Compilation;
using Edge.Quantization.Tests.Analysis.Evaluation;
using Edge.Tests;

namespace Edge.Quantization.Tests.Cli;

[Collection("standard error")] // which these tests replace
public sealed class EvaluateEventsTests : IDisposable
{
    private static readonly string Shipped = Repository.PathTo("samples", "models", "wake-words.edge");

    private readonly string folder = Directory.CreateTempSubdirectory("edge-events-").FullName;

    public EvaluateEventsTests()
    {
        File.WriteAllBytes(At("model.edge"), DetectionEditor.Replace(File.ReadAllBytes(Shipped), Shipped, new SoundEventOptions()));
        File.WriteAllLines(
            At("events.csv"),
            ["file,label,start_s,end_s", .. BundledWords.All.Select(word => string.Create(CultureInfo.InvariantCulture, $"{Recordings.Bundled},{word.Label},{word.StartS},{word.EndS}"))]);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Events_are_measured_and_tuned_settings_are_stored()
    {
        Expect(ExitCode.WorkFailed, "", At("model.edge"), "--events", At("events.csv"), "--require-f1", "100", "--json");
        Expect(ExitCode.Done, "settings stored", At("model.edge"), "--events", At("events.csv"), "--tune", "segment", "--write", "--page", At("page.html"));

        using AudioModel tuned = AudioModel.Load(At("model.edge"));
        Assert.True(tuned.Verify());
        Assert.NotEmpty(((SoundEventOptions)tuned.Detection).Classes);
        Assert.Contains("detection score", File.ReadAllText(At("page.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_measured_is_told()
    {
        Expect(ExitCode.BadInputFile, "expected a channel 1", At("model.edge"), "--events", At("events.csv"), "--channel", "1");
        Expect(ExitCode.BadInputFile, "detects by keyword", Shipped, "--events", At("events.csv"));
        Expect(ExitCode.WrongUsage, "--write stores tuned settings", At("model.edge"), "--events", At("events.csv"), "--write");
        Expect(ExitCode.WrongUsage, "--tune is 'best'; expected one of event, segment", At("model.edge"), "--events", At("events.csv"), "--tune", "best");
        Expect(ExitCode.WrongUsage, "--positives does not belong here", At("model.edge"), "--events", At("events.csv"), "--positives", folder);
        Expect(ExitCode.WrongUsage, "--tune does not belong here", At("model.edge"), folder, "--tune", "event");
        File.WriteAllText(At("whole.csv"), $"file,label\n{Recordings.Bundled},alexa\n");
        Expect(ExitCode.BadInputFile, "does not say when 'alexa' begins", At("model.edge"), "--events", At("whole.csv"));
        File.WriteAllText(At("other.csv"), $"file,label,start_s,end_s\n{Recordings.Bundled},owl,1,2\n");
        Expect(ExitCode.BadInputFile, "labelled 'owl'", At("model.edge"), "--events", At("other.csv"));
    }

    [Fact]
    public void A_table_that_is_not_there_or_of_other_recordings_is_told()
    {
        Expect(ExitCode.BadInputFile, "there is no such file; expected a table", At("model.edge"), "--events", At("none.csv"));
        Expect(ExitCode.BadInputFile, "there is a folder, and no file, of this name; expected a table", At("model.edge"), "--events", folder);
        File.WriteAllText(At("late.csv"), $"file,label,start_s,end_s\n{Recordings.Bundled},alexa,1,300\n");
        Expect(ExitCode.BadInputFile, "its table says that 'alexa' goes on to 300 s", At("model.edge"), "--events", At("late.csv"));
        File.WriteAllText(At("turned.csv"), $"file,label,start_s,end_s\n{Recordings.Bundled},alexa,3,1\n");
        Expect(ExitCode.BadInputFile, "line 2: it ends at 1 s, before it begins at 3 s", At("model.edge"), "--events", At("turned.csv"));
    }

    [Fact]
    public void A_page_overwrites_no_file_that_was_read()
    {
        byte[] model = File.ReadAllBytes(At("model.edge")), table = File.ReadAllBytes(At("events.csv"));

        Expect(ExitCode.WrongUsage, "--page is '", At("model.edge"), "--events", At("events.csv"), "--page", At("model.edge"));
        Expect(ExitCode.WrongUsage, "--page is '", At("model.edge"), "--events", At("events.csv"), "--page", At("events.csv"));
        Expect(ExitCode.WrongUsage, "there is no folder", At("model.edge"), "--events", At("events.csv"), "--page", At("none/page.html"));
        Expect(ExitCode.WrongUsage, "--page is '", At("model.edge"), "--positives", $"clean={At("events.csv")}", "--page", At("events.csv"));

        Assert.Equal(model, File.ReadAllBytes(At("model.edge")));
        Assert.Equal(table, File.ReadAllBytes(At("events.csv")));
    }

    private string At(string name) => Path.Combine(folder, name);

    private static void Expect(int code, string message, params string[] args)
    {
        var errors = new StringWriter();
        TextWriter before = Console.Error;
        Console.SetError(errors);
        try
        {
            int got = new CommandLine("edgec", "", EvaluateCommand.Command).Run(["evaluate", .. args], TextWriter.Null, errors);
            Assert.True(code == got, $"{got}: {errors}");
        }
        finally
        {
            Console.SetError(before);
        }

        Assert.Contains(message, errors.ToString(), StringComparison.Ordinal);
    }
}
