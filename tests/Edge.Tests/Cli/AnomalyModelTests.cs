using System.Text.Json;
using Edge.Audio;
using Edge.Cli;
using Edge.Tests.Detection;

namespace Edge.Tests.Cli;

/// <summary>The commands of `edge` on a model that hears anomalies.</summary>
public sealed class AnomalyModelTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edge-anomaly-").FullName;
    private readonly string model;
    private readonly string recording;

    public AnomalyModelTests()
    {
        model = Path.Combine(folder, "quiet.edge");
        recording = Path.Combine(folder, "machine.wav");
        File.WriteAllBytes(model, TinyAnomalyModel.File("""{ "kind": "anomaly", "threshold": 0.1, "smoothingMs": 50 }"""));
        WavWriter.Write(recording, TinyModel.Sound(16_000, (8_192, 400), (24_576, 300), (8_192, 400)), 16_000);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Run_prints_its_events_with_their_mean_score()
    {
        JsonElement heard = JsonDocument.Parse(Assert.Single(Lines("run", "--model", model, "--json", recording))).RootElement;
        Assert.Equal(["file", "model", "label", "score", "start_s", "end_s", "mean_score"], heard.EnumerateObject().Select(p => p.Name));
        Assert.Equal("anomaly", heard.GetProperty("label").GetString());
        Assert.InRange(heard.GetProperty("score").GetDouble(), 0.6, 0.7);
    }

    [Fact]
    public void Run_with_scores_prints_the_error_of_every_step()
    {
        string[] lines = Lines("run", "--model", model, "--json", "--scores", recording);
        JsonElement[] errors = [.. lines.Select(line => JsonDocument.Parse(line).RootElement).Where(line => line.TryGetProperty("error", out _))];
        Assert.Equal(110, errors.Length);
        Assert.Equal(0.1914, errors[50].GetProperty("error").GetDouble());
        Assert.Contains(Lines("run", "--model", model, "--scores", recording), line => line.EndsWith("0.510 s  error 0.191", StringComparison.Ordinal));
    }

    [Fact]
    public void A_threshold_and_onsets_can_be_asked_for()
    {
        Assert.Empty(Lines("run", "--model", model, "--error-threshold", "0.3", recording));
        Assert.Equal(2, Lines("listen", "--model", model, "--onsets", recording).Length);
    }

    [Theory]
    [InlineData("--threshold", "0.3", "--threshold and --only are for words and sounds; quiet is a model of kind anomaly.")]
    [InlineData("--error-threshold", "0", "Threshold is 0; expected a mean squared error above 0")]
    [InlineData("--error-threshold", "x", "--error-threshold")]
    public void An_option_that_does_not_suit_it_is_named(string option, string value, string expected)
    {
        (int code, _, string errors) = Run("run", "--model", model, option, value, recording);
        Assert.Equal(ExitCode.WrongUsage, code);
        Assert.Contains(expected, errors);
    }

    [Fact]
    public void Inspect_and_bench_know_it()
    {
        Assert.Contains("detection   anomaly, mean squared error 0.1, smoothing 50 ms, refractory 0 ms, maximum 60000 ms, label anomaly", Lines("inspect", model));
        Assert.Equal("anomaly", JsonDocument.Parse(Lines("inspect", model, "--json")[0]).RootElement.GetProperty("detection").GetProperty("kind").GetString());
        Assert.NotEmpty(Lines("bench", "--model", model, "--rounds", "1"));
    }

    [Fact]
    public void A_word_model_refuses_its_options()
    {
        string words = TinyModel.Write(folder);
        (int code, _, string errors) = Run("run", "--model", words, "--error-threshold", "3", recording);
        Assert.Equal(ExitCode.WrongUsage, code);
        Assert.Contains("--error-threshold is for models that hear anomalies; tiny is a model of kind keyword.", errors);
    }

    private static string[] Lines(params string[] args)
    {
        (int code, string[] lines, string errors) = Run(args);
        Assert.Equal((ExitCode.Done, ""), (code, errors));
        return lines;
    }

    private static (int Code, string[] Lines, string Errors) Run(params string[] args)
    {
        var output = new MemoryStream();
        var errors = new StringWriter();
        int code = Program.Run(args, new StandardStreams(Stream.Null, output, errors), TestContext.Current.CancellationToken);
        string text = System.Text.Encoding.UTF8.GetString(output.ToArray());
        return (code, text.Length == 0 ? [] : text.TrimEnd('\n').Split('\n'), errors.ToString());
    }
}
