using Edge.Cli;
using Edge.Detection;
using Edge.OnnxRuntime;
using Edge.Quantization.Cli;
using Edge.Quantization.Compilation;
using Edge.Quantization.Tests.Analysis.Evaluation;
using Edge.Tests;

namespace Edge.Quantization.Tests.Cli;

[Collection("standard error")] // which these tests replace
public sealed class EvaluateCommandTests : IDisposable
{
    private static readonly string Shipped = Repository.PathTo("samples", "models", "wake-words.edge");
    private static readonly string Graph = Repository.PathTo("quantization", "recipes", "wake-words", "wake-words.onnx");

    private readonly string folder = Directory.CreateTempSubdirectory("edge-evaluate-").FullName;
    private readonly string model;

    public EvaluateCommandTests()
    {
        model = At("model.edge");
        File.Copy(Shipped, model);
        BundledWords.Cut(At("clips"));
        Directory.CreateDirectory(At("rest"));
        BundledWords.CutOut(At("rest/rest.wav"));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Clips_are_evaluated_and_limits_decide_the_exit_code()
    {
        Expect(ExitCode.Done, "", model, At("clips"), "--require-accuracy", "100");
        Expect(ExitCode.WorkFailed, "", model, At("clips"), "--clip-score", "last", "--require-accuracy", "99", "--json");
    }

    [Fact]
    public void A_float_model_without_metadata_is_heard_as_the_edge_model_beside_it()
    {
        Assert.SkipUnless(OnnxRuntimeLibrary.TryLoad(out string? problem), problem ?? "");
        Expect(ExitCode.Done, "", Graph, model, At("clips"), "--require-accuracy", "100", "--max-loss", "0");
        Expect(ExitCode.WrongUsage, "Nothing says which front end", Graph, At("clips"));
        Expect(ExitCode.WrongUsage, "Nothing says what the scores", Graph, At("clips"), "--front-end", "micro");
    }

    [Fact]
    public void Labels_come_from_a_table()
    {
        File.WriteAllText(At("labels.csv"), "file,label\nalexa/01.wav,alexa\nalexa/07.wav,mirror\n");
        Expect(ExitCode.BadInputFile, "labelled 'mirror'", model, At("clips"), "--labels-file", At("labels.csv"));
        Expect(ExitCode.Done, "", model, At("clips"), "--labels-file", At("labels.csv"), "--ignore", "mirror");
        Expect(ExitCode.WorkFailed, "", model, At("clips"), "--labels-file", At("labels.csv"), "--map", "mirror=smart mirror", "--require-accuracy", "51");
    }

    [Fact]
    public void Thresholds_for_a_rate_are_stored_and_the_page_is_written()
    {
        Expect(
            ExitCode.Done, "thresholds stored", model, "--positives", $"quiet={At("clips")}", "--negatives", At("rest"), "--target-false-accepts-per-hour", "60", "--write", "--page", At("page.html"), "--max-missed", "0");

        using AudioModel before = AudioModel.Load(Shipped), after = AudioModel.Load(model);
        IReadOnlyList<double> old = ((KeywordOptions)before.Detection).Thresholds, found = ((KeywordOptions)after.Detection).Thresholds;
        Assert.Equal(old[0], found[0]);
        double threshold = Assert.Single(found.Skip(1).Distinct());
        Assert.InRange(threshold, 0.05, 0.8);
        Assert.True(after.Verify());
        Assert.Contains("missed, quiet", File.ReadAllText(At("page.html")), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder, "*.tmp"));
    }

    [Fact]
    public void A_limit_that_is_not_met_leaves_the_file_as_it_was()
    {
        Directory.Move(At("clips/jarvis"), At("clips/swap")); // words that are never heard as what they are said to be
        Directory.Move(At("clips/computer"), At("clips/jarvis"));
        Directory.Move(At("clips/swap"), At("clips/computer"));

        Expect(
            ExitCode.WorkFailed, "", model, "--positives", At("clips"), "--negatives", At("rest"), "--target-false-accepts-per-hour", "60", "--per-label", "--write", "--max-missed", "1", "--json");

        Assert.Equal(File.ReadAllBytes(Shipped), File.ReadAllBytes(model));
    }

    [Fact]
    public void Thresholds_by_label_need_words_of_every_label()
    {
        Directory.Delete(At("clips/jarvis"), recursive: true);
        Expect(ExitCode.BadInputFile, "no recording is labelled jarvis;", model, "--positives", At("clips"), "--negatives", At("rest"), "--per-label");
    }

    [Fact]
    public void Too_little_sound_for_a_rate_is_told() =>
        Expect(ExitCode.Done, "Hear at least 10 h without the words", model, "--positives", At("clips"), "--negatives", At("rest"), "--target-false-accepts-per-hour", "0.1");

    [Theory]
    [InlineData("takes at least one model", "clips")]
    [InlineData("takes clips", "model.edge")]
    [InlineData("takes one folder of clips", "model.edge", "clips", "rest")]
    [InlineData("--negatives PATH is required", "model.edge", "--positives", "clips")]
    [InlineData("--positives PATH is required", "model.edge", "--negatives", "rest")]
    [InlineData("--write does not belong here", "model.edge", "clips", "--write")]
    [InlineData("--clip-score does not belong here", "model.edge", "--positives", "clips", "--negatives", "rest", "--clip-score", "max")]
    [InlineData("--write stores the thresholds for one target; found 0", "model.edge", "--positives", "clips", "--negatives", "rest", "--write")]
    [InlineData("expected a number from 0 to 3600", "model.edge", "--positives", "clips", "--negatives", "rest", "--target-false-accepts-per-hour", "few")]
    [InlineData("Two --positives are named 'a'", "model.edge", "--positives", "a=clips", "--positives", "a=clips", "--negatives", "rest")]
    [InlineData("No clip is labelled 'alexia'; the clips' labels are alexa, computer, jarvis, smart-mirror, snowboy. Did you mean alexa?", "model.edge", "clips", "--ignore", "alexia")]
    [InlineData("is mapped to 'x'", "model.edge", "clips", "--map", "alexa=x")]
    [InlineData("expected NAME=LABEL", "model.edge", "clips", "--map", "alexa")]
    [InlineData("--background is 'noise'", "model.edge", "clips", "--background", "noise")]
    [InlineData("which has its own", "model.edge", "clips", "--front-end", "micro")]
    [InlineData("model.edge is given twice", "model.edge", "model.edge", "clips")]
    public void Wrong_usage_is_explained(string message, params string[] arguments) => Expect(ExitCode.WrongUsage, message, Located(arguments));

    [Theory]
    [InlineData("gone.edge", "gone.edge", "clips")]
    [InlineData("nowhere: there is no such folder", "model.edge", "nowhere")]
    [InlineData("rest.wav lies in no folder", "model.edge", "rest")]
    [InlineData("no such file or folder", "model.edge", "--positives", "clips", "--negatives", "nowhere")]
    public void Bad_files_are_named(string message, params string[] arguments) => Expect(ExitCode.BadInputFile, message, Located(arguments));

    [Fact]
    public void A_word_that_never_fires_is_no_positive()
    {
        Directory.Move(At("clips/alexa"), At("clips/other"));
        Expect(ExitCode.BadInputFile, "a label that wake-words never fires", model, "--positives", At("clips"), "--negatives", At("rest"));
    }

    [Fact]
    public void Words_are_not_looked_for_in_a_model_of_sound_events()
    {
        File.WriteAllBytes(model, DetectionEditor.Replace(File.ReadAllBytes(Shipped), model, new SoundEventOptions()));
        Expect(ExitCode.BadInputFile, "is a model of kind sound-event; missed words", model, "--positives", At("clips"), "--negatives", At("rest"));
        Expect(ExitCode.Done, "", model, At("clips")); // what a clip scores is another matter
    }

    [Fact]
    public void A_file_that_is_no_sound_is_named()
    {
        File.WriteAllText(At("clips/alexa/00.wav"), "no sound");
        Expect(ExitCode.BadInputFile, "00.wav", model, At("clips"));
        Expect(ExitCode.BadInputFile, "00.wav", model, "--positives", At("clips"), "--negatives", At("rest"));
    }

    private string[] Located(string[] arguments) => [.. arguments.Select(argument =>
        argument is "clips" or "rest" or "nowhere" or "model.edge" or "gone.edge" ? At(argument) : argument.Replace("=clips", $"={At("clips")}", StringComparison.Ordinal))];

    private static void Expect(int code, string message, params string[] arguments)
    {
        var errors = new StringWriter();
        TextWriter console = Console.Error;
        int actual;
        Console.SetError(errors); // warnings go to the console itself
        try
        {
            actual = new CommandLine("edgec", "", EvaluateCommand.Command).Run(["evaluate", .. arguments], TextWriter.Null, errors);
        }
        finally
        {
            Console.SetError(console);
        }

        Assert.Contains(message, errors.ToString(), StringComparison.Ordinal);
        Assert.True(code == actual, $"exit code {actual}, expected {code}: {errors}");
    }

    private string At(string name) => Path.Combine(folder, name);
}
