using System.Text.Json;
using Edge.Audio;
using Edge.Cli;
using Edge.OnnxRuntime;
using Edge.Quantization.Analysis.Evaluation;
using Edge.Quantization.Calibration;
using Edge.Quantization.Cli;
using Edge.Tests;

namespace Edge.Quantization.Tests.Cli;

public sealed class ScoresCommandTests : IDisposable
{
    private static readonly string Model = Repository.PathTo("samples", "models", "wake-words.edge");
    private static readonly string Graph = Repository.PathTo("quantization", "recipes", "wake-words", "wake-words.onnx");
    private readonly string folder = Directory.CreateTempSubdirectory("edge-scores-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Scores_are_those_that_evaluate_judges()
    {
        Wav("a.wav", 40_000);

        Assert.Equal(ExitCode.Done, Run(Model, "--out", At("a.npy"), At("a.wav")));

        using EdgeEvaluatedModel model = EdgeEvaluatedModel.Open(Model);
        float[] expected = model.CreateScorer()(new FeatureExtractor(model.FrontEnd).Extract(At("a.wav")));
        Assert.Equal(expected, NpyReader.ReadAll<float>(At("a.npy"), out long[] dims));
        Assert.Equal([expected.Length / 6, 6L], dims);
    }

    [Fact]
    public void A_mean_is_one_row_a_recording_and_the_index_says_whose()
    {
        Wav("in/1.wav", 30_000);
        Wav("in/2.wav", 50_000);

        Assert.Equal(ExitCode.Done, Run(Model, "--mean", "--concat", "--out", At("all.npy"), At("in")));
        Assert.Equal(ExitCode.Done, Run(Model, "--out", At("each"), At("in")));

        float[] means = NpyReader.ReadAll<float>(At("all.npy"), out long[] dims);
        Assert.Equal([2, 6L], dims);
        float[] steps = NpyReader.ReadAll<float>(At("each/2.npy"), out long[] stepDims);
        Assert.Equal(Enumerable.Range(0, (int)stepDims[0]).Average(step => (double)steps[step * 6]), means[6], 6);
        JsonElement index = JsonDocument.Parse(File.ReadAllText(At("all.json"))).RootElement;
        Assert.Equal([At("in/1.wav"), At("in/2.wav")], index.EnumerateArray().Select(entry => entry.GetProperty("file").GetString()));
        Assert.Equal([0, 1], index.EnumerateArray().Select(entry => entry.GetProperty("start").GetInt32()));
    }

    [Fact]
    public void Onnx_runtime_gives_its_own_scores_of_the_same_recording()
    {
        Assert.SkipUnless(OnnxRuntimeLibrary.TryLoad(out string? problem), problem ?? "");
        Wav("a.wav", 40_000);
        string labels = Repository.PathTo("quantization", "recipes", "wake-words", "labels.txt");

        Assert.Equal(ExitCode.Done, Run(Graph, "--front-end", "micro", "--set", "hopSamples=160", "--labels", labels, "--out", At("float.npy"), At("a.wav")));
        Assert.Equal(ExitCode.Done, Run(Model, "--out", At("int8.npy"), At("a.wav")));

        float[] exact = NpyReader.ReadAll<float>(At("float.npy"), out _), quantized = NpyReader.ReadAll<float>(At("int8.npy"), out _);
        Assert.InRange(exact.Zip(quantized).Average(pair => Math.Abs(pair.First - pair.Second)), 1e-6, 0.05);
    }

    [Fact]
    public void A_recording_that_cannot_be_read_stops_none_of_the_others()
    {
        Wav("good.wav", 20_000);
        File.WriteAllText(At("bad.wav"), "RIFF, but nothing more");

        Assert.Equal(ExitCode.BadInputFile, Run(Model, "--out", At("out"), At("bad.wav"), At("good.wav")));

        Assert.True(File.Exists(At("out/good.npy")));
        Assert.False(File.Exists(At("out/bad.npy")));
    }

    [Theory]
    [InlineData(ExitCode.WrongUsage, "takes a model first", "a.wav", "--out", "o")]
    [InlineData(ExitCode.WrongUsage, "takes a model first", "--out", "o")]
    [InlineData(ExitCode.WrongUsage, "No recordings", "MODEL", "--out", "o")]
    [InlineData(ExitCode.WrongUsage, "one file, for 2 recordings", "MODEL", "--out", "o.npy", "a.wav", "b.wav")]
    [InlineData(ExitCode.WrongUsage, "a name ending in .npy is expected", "MODEL", "--concat", "--out", "o", "a.wav")]
    [InlineData(ExitCode.WrongUsage, "which says that itself", "MODEL", "--front-end", "micro", "--out", "o", "a.wav")]
    [InlineData(ExitCode.BadInputFile, "gone.edge", "gone.edge", "--out", "o", "a.wav")]
    [InlineData(ExitCode.BadInputFile, "missing.wav", "MODEL", "--out", "o", "missing.wav")]
    public void Wrong_calls_are_explained(int expected, string message, params string[] args)
    {
        Wav("a.wav", 1_000);
        Wav("b.wav", 1_000);
        var errors = new StringWriter();

        int code = new CommandLine("edgec", "", ScoresCommand.Command).Run(["scores", .. args.Select(Located)], TextWriter.Null, errors);

        Assert.Contains(message, errors.ToString(), StringComparison.Ordinal);
        Assert.Equal(expected, code);
    }

    private string Located(string arg) => arg switch
    {
        "MODEL" => Model,
        _ when arg.EndsWith(".wav", StringComparison.Ordinal) || arg.EndsWith(".edge", StringComparison.Ordinal) || arg.StartsWith('o') => At(arg),
        _ => arg,
    };

    private static int Run(params string[] args) => new CommandLine("edgec", "", ScoresCommand.Command).Run(["scores", .. args]);

    private string At(string name) => Path.Combine(folder, name);

    private void Wav(string name, int samples)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        WavWriter.Write(At(name), SyntheticSignal.Generate((uint)samples, samples), 16_000);
    }
}
