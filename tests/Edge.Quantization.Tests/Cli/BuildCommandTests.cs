using Edge.Audio;
using Edge.Cli;
using Edge.Detection;
using Edge.Features;
using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Cli;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Tests.Compilation;

namespace Edge.Quantization.Tests.Cli;

public sealed class BuildCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edge-build-").FullName;

    public BuildCommandTests()
    {
        OnnxWriter.Write(SmallNetwork.Build(1), At("net.onnx"));
        Directory.CreateDirectory(At("features"));
        for (int i = 0; i < 4; i++)
        {
            NpyWriter.WriteAll<float>(At($"features/{i}.npy"), [64, SmallNetwork.Features], SmallNetwork.Recording(i, 64).Elements<float>());
        }

        File.WriteAllText(At("labels.txt"), "other\nyes\n\nno\n");
        File.WriteAllText(At("detection.json"), """{"kind":"keyword","thresholds":[1,0.5,0.5],"background":[0]}""");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_model_is_built_from_files()
    {
        RequireOnnxRuntime();

        (int code, string errors) = Run("net.onnx", "--name", "tried", "--provenance", "licence=MIT", "--qdq", At("net.qdq.onnx"));

        Assert.Equal((ExitCode.Done, ""), (code, errors));
        using AudioModel model = AudioModel.Load(At("net.edge"));
        Assert.Equal("tried", model.Name);
        Assert.Equal(["other", "yes", "no"], model.Labels);
        Assert.True(model.Verify());
        Assert.Contains(OnnxReader.Read(At("net.qdq.onnx")).Nodes, node => node.OpType == "QuantizeLinear");
        Assert.Empty(Directory.GetFiles(folder, "*.tmp"));
    }

    [Fact]
    public void A_budget_of_bytes_is_that_of_the_model_file_and_not_of_its_ONNX()
    {
        RequireOnnxRuntime();
        Assert.Equal(ExitCode.Done, Run("net.onnx", "--preset", "fast", "--qdq", At("net.qdq.onnx")).Code);
        long budget = new FileInfo(At("net.edge")).Length + 300;
        Assert.InRange(budget, 0, new FileInfo(At("net.qdq.onnx")).Length);

        Assert.Equal((ExitCode.Done, ""), Run("net.onnx", "--preset", "fast", "--max-size", $"{budget}", "--qdq", At("net.qdq.onnx")));

        Assert.InRange(new FileInfo(At("net.edge")).Length, 0, budget);
        Assert.DoesNotContain(OnnxReader.Read(At("net.qdq.onnx")).Initializers.Values, tensor => tensor.ElementType == ElementType.Int4);
    }

    [Fact]
    public void Front_end_and_labels_come_from_the_models_metadata_and_calibration_from_recordings()
    {
        RequireOnnxRuntime();
        ModelGraph graph = SmallNetwork.Build(1);
        ModelMetadata.SetFrontEnd(graph, new MicroOptions { Channels = SmallNetwork.Features });
        ModelMetadata.SetLabels(graph, ["other", "yes", "no"]);
        OnnxWriter.Write(graph, At("net.onnx"));
        File.WriteAllText(At("detection.json"), """{"kind":"sound-event","classes":[{"name":"assent","labels":["Yes"]}]}""");
        Directory.CreateDirectory(At("recordings/deep"));
        WavWriter.Write(At("recordings/a.wav"), SyntheticSignal.Generate(1, 44_100), 44_100);
        WavWriter.Write(At("recordings/deep/b.wav"), SyntheticSignal.Generate(2, 16_000), 16_000);

        int code = new CommandLine("edgec", "", BuildCommand.Command).Run(
            ["build", At("net.onnx"), "--calibration", At("recordings"), "--calibration-limit", "5", "--detection", At("detection.json"), "--out", At("net.edge")]);

        Assert.Equal(ExitCode.Done, code);
        using AudioModel model = AudioModel.Load(At("net.edge"));
        Assert.Equal(["other", "yes", "no"], model.Labels);
        Assert.Equal(new MicroOptions { Channels = SmallNetwork.Features }, model.FrontEnd);
        Assert.Equal([1], Assert.Single(((SoundEventOptions)model.Detection).Classes).Labels);
        Assert.True(model.Verify());
    }

    [Fact]
    public void A_build_that_is_cancelled_writes_nothing()
    {
        RequireOnnxRuntime();
        using var source = new CancellationTokenSource();
        source.Cancel();
        var errors = new StringWriter();
        int code = new CommandLine("edgec", "", BuildCommand.Command) { CancellationToken = source.Token }.Run(Line("net.onnx"), TextWriter.Null, errors);
        Assert.Equal((ExitCode.Cancelled, "edgec: cancelled; nothing was written"), (code, errors.ToString().TrimEnd()));
        Assert.False(File.Exists(At("net.edge")));
    }

    [Fact]
    public void A_missing_model_is_named() => Expect(ExitCode.BadInputFile, "missing.onnx", "missing.onnx");

    [Fact]
    public void A_file_that_is_no_model_is_named()
    {
        File.WriteAllText(At("text.onnx"), "hello");
        Expect(ExitCode.BadInputFile, "text.onnx", "text.onnx");
    }

    [Fact]
    public void Calibration_data_of_another_width_is_refused()
    {
        RequireOnnxRuntime();
        NpyWriter.WriteAll<float>(At("features/9.npy"), [10, 7], new float[70]);
        Expect(ExitCode.BadInputFile, "has shape [10, 7]; expected [frames, 8]", "net.onnx");
    }

    [Fact]
    public void Detector_settings_that_do_not_fit_the_labels_are_refused_with_every_reason()
    {
        File.WriteAllText(At("detection.json"), """{"kind":"keyword","thresholds":[0.5],"background":[7]}""");
        Expect(ExitCode.BadInputFile, "expected one for each of 3 labels", "net.onnx");
        Expect(ExitCode.BadInputFile, "Background names a label that there is not", "net.onnx");
    }

    [Fact]
    public void Labels_that_do_not_fit_the_output_are_refused_and_leave_no_file()
    {
        RequireOnnxRuntime();
        File.WriteAllText(At("labels.txt"), "other\nyes\n");
        File.WriteAllText(At("detection.json"), """{"kind":"keyword","thresholds":[1,0.5],"background":[0]}""");
        Expect(ExitCode.BadInputFile, "There are 2 labels (other, yes), and output", "net.onnx");
        Assert.False(File.Exists(At("net.edge")));
    }

    [Theory]
    [InlineData("--provenance", "nothing")]
    [InlineData("--set", "channels=many")]
    [InlineData("--window-frames", "0")]
    public void Wrong_usage_is_told_apart(string option, string value) => Assert.Equal(ExitCode.WrongUsage, Run("net.onnx", option, value).Code);

    private void Expect(int code, string message, string model)
    {
        (int actual, string errors) = Run(model);
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.Equal(code, actual);
    }

    private (int Code, string Errors) Run(string model, params string[] more)
    {
        using var errors = new StringWriter();
        int code = new CommandLine("edgec", "", BuildCommand.Command).Run(Line(model, more), TextWriter.Null, errors);
        return (code, errors.ToString());
    }

    private string[] Line(string model, params string[] more) =>
    [
        "build", At(model), "--calibration", At("features"), "--front-end", "micro", "--set", "channels=8",
        "--labels", At("labels.txt"), "--detection", At("detection.json"), "--out", At("net.edge"), .. more,
    ];

    private static void RequireOnnxRuntime() => Assert.SkipUnless(OnnxRuntimeLibrary.TryLoad(out string? problem), problem ?? "");

    private string At(string name) => Path.Combine(folder, name);
}
