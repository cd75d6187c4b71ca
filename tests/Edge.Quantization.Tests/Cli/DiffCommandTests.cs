using System.Text.Json;
using Edge.Cli;
using Edge.Quantization.Calibration;
using Edge.Quantization.Cli;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Tests.Compilation;

namespace Edge.Quantization.Tests.Cli;

public sealed class DiffCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edge-diff-").FullName;

    public DiffCommandTests()
    {
        OnnxWriter.Write(SmallNetwork.Build(1), At("net.onnx"));
        Directory.CreateDirectory(At("features"));
        for (int i = 0; i < 3; i++)
        {
            NpyWriter.WriteAll<float>(At($"features/{i}.npy"), [48, SmallNetwork.Features], SmallNetwork.Recording(i, 48).Elements<float>());
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_quantized_model_agrees_with_its_compiled_form_on_random_and_real_inputs()
    {
        WriteQuantized();
        (int code, string errors) = Run(
            "net.qdq.onnx", "net.edge", "--random", "5", "--frames", "40", "--calibration", At("features"), "--require-within-one-lsb", "0.98", "--require-top-1", "0.9", "--json-out", At("diff.json"));
        Assert.Equal((ExitCode.Done, ""), (code, errors));
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(At("diff.json")));
        Assert.Equal((5, 3), (json.RootElement.GetProperty("random_inputs").GetInt32(), json.RootElement.GetProperty("real_inputs").GetInt32()));
        Assert.Equal((5 * 20 + 3 * 24) * SmallNetwork.Classes, json.RootElement.GetProperty("output").GetProperty("values").GetInt32());
        Assert.InRange(json.RootElement.GetProperty("output").GetProperty("within_one_lsb").GetDouble(), 0.98, 1);
        Assert.Contains(json.RootElement.GetProperty("tensors").EnumerateArray(), tensor => tensor.GetProperty("name").GetString() == "pw1");
    }

    [Fact]
    public void One_model_is_compared_between_engines()
    {
        WriteQuantized();
        Assert.Equal((ExitCode.Done, ""), Run("net.qdq.onnx", "--random", "3", "--outputs-only"));
        Assert.Equal((ExitCode.Done, ""), Run("net.qdq.onnx", "net.qdq.onnx", "--random", "3", "--engine", "onnxruntime", "--require-within-one-lsb", "1"));
    }

    [Fact]
    public void A_limit_that_is_not_met_is_exit_code_1()
    {
        WriteQuantized();
        Assert.Equal(ExitCode.WorkFailed, Run("net.onnx", "net.edge", "--random", "20", "--only", "scores", "--require-within-one-lsb", "1").Code);
        Assert.Equal(ExitCode.Done, Run("net.onnx", "net.edge", "--random", "20", "--only", "scores", "--require-within-one-lsb", "0.5").Code);
    }

    [Theory]
    [InlineData("nothing to run", "net.onnx", "net.onnx")]
    [InlineData("takes one or two models", "net.onnx", "net.onnx", "net.onnx", "--random", "1")]
    [InlineData("is a float model, which the integer engine does not run", "net.onnx", "--random", "1")]
    [InlineData("Did you mean scores?", "net.onnx", "net.onnx", "--random", "1", "--only", "score")]
    [InlineData("expected one of onnxruntime, edge", "net.onnx", "net.onnx", "--random", "1", "--engine", "gpu")]
    public void Wrong_usage_says_what_to_do(string message, params string[] arguments)
    {
        TestGraphs.RequireOnnxRuntime();
        (int code, string errors) = Run(arguments);
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.Equal(ExitCode.WrongUsage, code);
    }

    [Fact]
    public void Models_of_different_inputs_are_refused()
    {
        TestGraphs.RequireOnnxRuntime();
        OnnxWriter.Write(TestGraphs.Convolution(), At("other.onnx"));
        (int code, string errors) = Run("net.onnx", "other.onnx", "--random", "1");
        Assert.Equal(ExitCode.BadInputFile, code);
        Assert.Contains("does not fit", errors, StringComparison.Ordinal);
    }

    private void WriteQuantized()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph quantized = SmallNetwork.Quantize(SmallNetwork.Build(1));
        OnnxWriter.Write(quantized, At("net.qdq.onnx"));
        File.WriteAllBytes(At("net.edge"), EdgeFile.Write(Lowering.Run(quantized, PlanForm.Streaming, Lowering.StepFrames(quantized)), "net", []));
    }

    private (int Code, string Errors) Run(params string[] arguments)
    {
        using var errors = new StringWriter();
        int code = new CommandLine("edgec", "", DiffCommand.Command).Run(
            ["diff", .. arguments.Select(argument => argument.StartsWith("net.", StringComparison.Ordinal) || argument == "other.onnx" ? At(argument) : argument)], TextWriter.Null, errors);
        return (code, errors.ToString());
    }

    private string At(string name) => Path.Combine(folder, name);
}
