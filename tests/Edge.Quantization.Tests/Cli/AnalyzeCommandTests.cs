using System.Text.Json;
using Edge.Cli;
using Edge.Quantization.Calibration;
using Edge.Quantization.Cli;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Tests.Analysis.Report;
using Edge.Quantization.Tests.Compilation;

namespace Edge.Quantization.Tests.Cli;

public sealed class AnalyzeCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edge-analyze-").FullName;

    public AnalyzeCommandTests()
    {
        ModelGraph graph = SmallNetwork.Build(2);
        ModelAnalysisTests.AddOutlier(graph, 3, 80);
        OnnxWriter.Write(graph, At("net.onnx"));
        Directory.CreateDirectory(At("features"));
        for (int i = 0; i < 3; i++)
        {
            NpyWriter.WriteAll<float>(At($"features/{i}.npy"), [48, SmallNetwork.Features], SmallNetwork.Recording(i, 48).Elements<float>());
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_float_model_is_quantized_and_explained()
    {
        TestGraphs.RequireOnnxRuntime();
        (int code, string errors) = Run("net.onnx", "--calibration", At("features"), "--out", At("report.html"), "--json-out", At("report.json"));

        Assert.Equal((ExitCode.Done, ""), (code, errors));
        Assert.Contains("--equalize", File.ReadAllText(At("report.html")), StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(At("report.json")));
        Assert.Equal("dw1.relu", json.RootElement.GetProperty("layers_by_loss")[0].GetProperty("name").GetString());
        Assert.Equal((3, "net.onnx"), (json.RootElement.GetProperty("samples").GetInt32(), json.RootElement.GetProperty("float").GetString()));
        Assert.Empty(Directory.GetFiles(folder, "*.tmp"));
    }

    [Fact]
    public void Clips_in_folders_of_their_labels_give_an_accuracy()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = SmallNetwork.Build(2);
        graph.Metadata["edge.labels"] = """["low","middle","high"]""";
        OnnxWriter.Write(graph, At("net.labelled.onnx"));
        foreach (string label in (string[])["low", "middle", "high"])
        {
            // The same two clips in every class: whatever the model hears in them, a third is right.
            Directory.CreateDirectory(At($"classes/{label}"));
            File.Copy(At("features/0.npy"), At($"classes/{label}/0.npy"));
            File.Copy(At("features/1.npy"), At($"classes/{label}/1.npy"));
        }

        Assert.Equal((ExitCode.Done, ""), Run("net.labelled.onnx", "--calibration", At("classes"), "--json-out", At("report.json")));
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(At("report.json")));
        Assert.Equal(1.0 / 3, json.RootElement.GetProperty("output").GetProperty("float_accuracy").GetDouble(), 9);
        Assert.Equal(1.0 / 3, json.RootElement.GetProperty("output").GetProperty("quantized_accuracy").GetDouble(), 9);
    }

    [Fact]
    public void The_models_must_be_given_in_their_order()
    {
        TestGraphs.RequireOnnxRuntime();
        OnnxWriter.Write(SmallNetwork.Quantize(SmallNetwork.Build(1)), At("net.qdq.onnx"));
        Expect(ExitCode.WrongUsage, "is quantized already", "net.qdq.onnx", "net.onnx", "--calibration", At("features"));
        Expect(ExitCode.WrongUsage, "expected one with QuantizeLinear", "net.onnx", "net.onnx", "--calibration", At("features"));
        Expect(ExitCode.WrongUsage, "expected the float .onnx first", "net.edge", "--calibration", At("features"));
    }

    [Fact]
    public void A_model_quantized_from_another_network_is_refused()
    {
        TestGraphs.RequireOnnxRuntime();
        OnnxWriter.Write(TestGraphs.Convolution(), At("net.other.onnx"));
        OnnxWriter.Write(SmallNetwork.Quantize(SmallNetwork.Build(1)), At("net.qdq.onnx"));
        NpyWriter.WriteAll<float>(At("x.npy"), [1, 2, 5], new float[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 });
        Expect(ExitCode.BadInputFile, "expected the model that was quantized from it", "net.other.onnx", "net.qdq.onnx", "--calibration", At("x.npy"));
    }

    [Fact]
    public void Missing_clips_are_named()
    {
        Expect(ExitCode.WrongUsage, "--calibration PATH is required", "net.onnx");
        Expect(ExitCode.BadInputFile, "nowhere", "net.onnx", "--calibration", At("nowhere"));
        Expect(ExitCode.BadInputFile, "missing.onnx", "net.missing.onnx", "--calibration", At("features"));
        Assert.False(File.Exists(At("report.html")));
    }

    private void Expect(int code, string message, params string[] arguments)
    {
        (int actual, string errors) = Run([.. arguments, "--out", At("report.html")]);
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.Equal(code, actual);
    }

    private (int Code, string Errors) Run(params string[] arguments)
    {
        using var errors = new StringWriter();
        int code = new CommandLine("edgec", "", AnalyzeCommand.Command).Run(
            ["analyze", .. arguments.Select(argument => argument.StartsWith("net.", StringComparison.Ordinal) ? At(argument) : argument)], TextWriter.Null, errors);
        return (code, errors.ToString());
    }

    private string At(string name) => Path.Combine(folder, name);
}
