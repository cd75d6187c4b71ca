using Edge.Cli;
using Edge.Detection;
using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Cli;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Tests.Compilation;

namespace Edge.Quantization.Tests.Cli;

public sealed class QuantizeCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edge-quantize-").FullName;

    public QuantizeCommandTests()
    {
        OnnxWriter.Write(SmallNetwork.Build(1), At("net.onnx"));
        Directory.CreateDirectory(At("features"));
        for (int i = 0; i < 12; i++)
        {
            NpyWriter.WriteAll<float>(At($"features/{i}.npy"), [64, SmallNetwork.Features], SmallNetwork.Recording(i, 64).Elements<float>());
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_quantized_model_runs_in_ONNX_Runtime_and_is_built_without_calibration()
    {
        TestGraphs.RequireOnnxRuntime();

        Assert.Equal((ExitCode.Done, ""), Run(QuantizeCommand.Command, "net.onnx", "--calibration", At("features"), "--out", At("net.int8.onnx")));

        using OnnxSession session = OnnxSession.Open(At("net.int8.onnx"));
        Assert.Equal("scores", Assert.Single(session.Outputs).Name);
        File.WriteAllText(At("labels.txt"), "unknown\nyes\nno\n");
        Assert.Equal((ExitCode.Done, ""), Run(
            BuildCommand.Command, "net.int8.onnx", "--front-end", "micro", "--set", "channels=8", "--labels", At("labels.txt"), "--out", At("net.edge")));
        using AudioModel model = AudioModel.Load(At("net.edge"));
        Assert.True(model.Verify());
        string methods = OnnxReader.Read(At("net.int8.onnx")).Metadata["edge.quantization"];
        Assert.Contains("calibrated on 11 samples", methods, StringComparison.Ordinal); // the tenth of twelve is held back
        Assert.Equal(methods, model.Network.PlanJson.GetProperty("provenance").GetProperty("quantization").GetString());
    }

    [Fact]
    public void A_model_of_logits_gets_its_softmax_when_it_is_built()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = SmallNetwork.Build(1);
        graph.Nodes.RemoveAll(node => node.OpType == "Softmax");
        graph.Outputs[0] = graph.Outputs[0] with { Name = "logits" };
        OnnxWriter.Write(graph, At("logits.onnx"));
        File.WriteAllText(At("labels.txt"), "unknown\nyes\nno\n");

        Assert.Equal(ExitCode.Done, Run(
            BuildCommand.Command, "logits.onnx", "--calibration", At("features"), "--preset", "fast", "--front-end", "micro", "--set", "channels=8",
            "--labels", At("labels.txt"), "--out", At("net.edge"), "--qdq", At("net.qdq.onnx")).Code);

        ModelGraph quantized = OnnxReader.Read(At("net.qdq.onnx"));
        Assert.Equal("logits", Assert.Single(quantized.Outputs).Name);
        Assert.Contains(quantized.Nodes, node => node.OpType == "Softmax");
    }

    [Fact]
    public void A_model_that_is_quantized_already_is_refused()
    {
        TestGraphs.RequireOnnxRuntime();
        OnnxWriter.Write(SmallNetwork.Quantize(SmallNetwork.Build(1)), At("done.onnx"));

        Expect(ExitCode.BadInputFile, "quantized already", "done.onnx", "--calibration", At("features"));
        File.WriteAllText(At("labels.txt"), "unknown\nyes\nno\n");
        (int code, string errors) = Run(
            BuildCommand.Command, "done.onnx", "--weight-bits", "4", "--front-end", "micro", "--labels", At("labels.txt"), "--out", At("net.edge"));
        Assert.Equal(ExitCode.WrongUsage, code);
        Assert.Contains("--weight-bits is for float models", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--range", "mean", "expected one of auto, minmax, percentile, entropy, mse")]
    [InlineData("--weight-bits", "5", "expected 8 or 4")]
    [InlineData("--activation-bits", "4", "expected 8 or 16")]
    [InlineData("--equalize", "yes", "expected one of auto, on, off")]
    [InlineData("--wide-values", "16", "expected one of auto, on, off")]
    [InlineData("--wide-tables", "yes", "expected one of auto, on, off")]
    [InlineData("--input-shape", "1,98,40", "expected NAME=D,D,...")]
    [InlineData("--input-shape", "features=1,x,8", "'x' is no dimension")]
    [InlineData("--input-shape", "features=1,8", "2 dimensions")]
    public void Wrong_usage_is_named(string option, string value, string message) =>
        Expect(ExitCode.WrongUsage, message, "net.onnx", "--calibration", At("features"), option, value);

    [Fact]
    public void A_model_with_16_bit_values_is_built_from_a_float_one_and_from_what_quantize_wrote()
    {
        TestGraphs.RequireOnnxRuntime();
        File.WriteAllText(At("labels.txt"), "unknown\nyes\nno\n");
        string[] build = ["--front-end", "micro", "--set", "channels=8", "--labels", At("labels.txt")];
        string[] wide = ["--calibration", At("features"), "--preset", "fast", "--wide-values", "on"];

        Assert.Equal((ExitCode.Done, ""), Run(BuildCommand.Command, "net.onnx", [.. wide, .. build, "--out", At("direct.edge"), "--qdq", At("net.qdq.onnx")]));
        Assert.Equal((ExitCode.Done, ""), Run(QuantizeCommand.Command, "net.onnx", [.. wide, "--out", At("net.int8.onnx")]));
        Assert.Equal((ExitCode.Done, ""), Run(BuildCommand.Command, "net.int8.onnx", [.. build, "--out", At("net.edge")]));

        using AudioModel direct = AudioModel.Load(At("direct.edge")), model = AudioModel.Load(At("net.edge"));
        Assert.Contains(model.Network.Operators, op => op.Output is { Type: Inference.ElementType.Int16, Name: "logits" });
        Assert.True(direct.Verify() && model.Verify());
        using OnnxSession session = OnnxSession.Open(At("net.int8.onnx")); // with all optimizations
        Assert.Single(session.Outputs);
    }

    [Fact]
    public void Calibration_data_is_required() => Expect(ExitCode.WrongUsage, "--calibration PATH is required", "net.onnx");

    [Fact]
    public void A_folder_without_clips_is_named()
    {
        Directory.CreateDirectory(At("empty"));
        Expect(ExitCode.BadInputFile, At("empty"), "net.onnx", "--calibration", At("empty"));
    }

    [Fact]
    public void A_noise_that_cannot_be_reached_fails_after_the_model_is_written()
    {
        TestGraphs.RequireOnnxRuntime();
        Assert.Equal(ExitCode.WorkFailed, Run(
            QuantizeCommand.Command, "net.onnx", "--calibration", At("features"), "--preset", "fast", "--min-sqnr", "150", "--out", At("net.int8.onnx")).Code);
        Assert.True(File.Exists(At("net.int8.onnx")));
    }

    private void Expect(int code, string message, string model, params string[] more)
    {
        (int actual, string errors) = Run(QuantizeCommand.Command, model, [.. more, "--out", At("net.int8.onnx")]);
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.Equal(code, actual);
        Assert.False(File.Exists(At("net.int8.onnx")));
    }

    private (int Code, string Errors) Run(Command command, string model, params string[] more)
    {
        using var errors = new StringWriter();
        int code = new CommandLine("edgec", "", command).Run([command.Name, At(model), .. more], TextWriter.Null, errors);
        return (code, errors.ToString());
    }

    private string At(string name) => Path.Combine(folder, name);
}
