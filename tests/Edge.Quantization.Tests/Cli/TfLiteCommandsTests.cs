using Edge.Cli;
using Edge.Quantization.Calibration;
using Edge.Quantization.Cli;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Tests.TfLite;
using static Edge.Quantization.Graph.TfLite.TfLiteOperatorCode;

namespace Edge.Quantization.Tests.Cli;

/// <summary>The commands over .tflite files: what they do with an .onnx file, they do with these.</summary>
public sealed class TfLiteCommandsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edge-tflite-").FullName;

    public TfLiteCommandsTests()
    {
        File.WriteAllBytes(At("float.tflite"), Network(TfLiteForm.Float));
        File.WriteAllBytes(At("hybrid.tflite"), Network(TfLiteForm.HybridInt8));
        File.WriteAllBytes(At("int8.tflite"), Network(TfLiteForm.Int8));
        File.WriteAllBytes(At("states.tflite"), TfLiteStatesTests.Accumulator(TfLiteForm.Int8));
        File.WriteAllBytes(At("float-states.tflite"), TfLiteStatesTests.Accumulator(TfLiteForm.Float));
        Directory.CreateDirectory(At("features"));
        var random = new Random(1);
        for (int i = 0; i < 4; i++)
        {
            NpyWriter.WriteAll<float>(At($"features/{i}.npy"), [20, 8], [.. Enumerable.Range(0, 160).Select(_ => 2 * random.NextSingle() - 1)]);
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("float.tflite")]
    [InlineData("hybrid.tflite")]
    public void A_float_file_is_quantized_analyzed_and_compressed(string file)
    {
        TestGraphs.RequireOnnxRuntime();
        Expect(ExitCode.Done, "", QuantizeCommand.Command, file, "--preset", "fast", "--calibration", "features", "--out", "net.int8.onnx");
        Expect(ExitCode.Done, "", DiffCommand.Command, file, "net.int8.onnx", "--calibration", "features", "--require-top-1", "0.7");
        Expect(ExitCode.Done, "", AnalyzeCommand.Command, file, "net.int8.onnx", "--calibration", "features", "--out", "report.html");
        Expect(ExitCode.Done, "", CompressCommand.Command, file, "--prune-channels", "0.25", "--calibration", "features", "--out", "small.onnx");
        Assert.True(new FileInfo(At("small.onnx")).Length > 0 && File.ReadAllText(At("report.html")).Contains("net.int8.onnx", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("int8.tflite")]
    [InlineData("states.tflite")]
    public void An_int8_file_computes_the_same_in_both_engines_step_by_step(string file)
    {
        TestGraphs.RequireOnnxRuntime();
        Expect(ExitCode.Done, "", DiffCommand.Command, file, "--random", "8", "--frames", "20", "--require-within-one-lsb", "0.99");
    }

    [Fact]
    public void What_is_quantized_already_or_keeps_states_is_not_quantized()
    {
        TestGraphs.RequireOnnxRuntime();
        Expect(ExitCode.BadInputFile, "quantized already", QuantizeCommand.Command, "int8.tflite", "--calibration", "features", "--out", "net.int8.onnx");
        Expect(ExitCode.BadInputFile, "from step to step", QuantizeCommand.Command, "float-states.tflite", "--calibration", "features", "--out", "net.int8.onnx");
        Assert.False(File.Exists(At("net.int8.onnx")));
    }

    [Fact]
    public void A_file_that_is_damaged_or_of_another_kind_is_a_bad_input_file()
    {
        byte[] whole = File.ReadAllBytes(At("int8.tflite"));
        File.WriteAllBytes(At("cut.tflite"), whole[..(whole.Length / 2)]);
        OnnxWriter.Write(new ModelGraph { Outputs = { new ValueInfo("x", ElementType.Float32, [1]) }, Inputs = { new ValueInfo("x", ElementType.Float32, [1]) } }, At("onnx.tflite"));
        File.Copy(At("int8.tflite"), At("tflite.onnx"));
        Expect(ExitCode.BadInputFile, "cut.tflite", DiffCommand.Command, "cut.tflite", "--random", "1");
        Expect(ExitCode.BadInputFile, "ONNX", DiffCommand.Command, "onnx.tflite", "--random", "1");
        Expect(ExitCode.BadInputFile, "tflite.onnx", DiffCommand.Command, "tflite.onnx", "--random", "1");
        Expect(ExitCode.BadInputFile, "no such file", DiffCommand.Command, "none.tflite", "--random", "1");
    }

    /// <summary>Convolution, depthwise convolution, mean, layer, softmax over [1, 20, 8, 1].</summary>
    private static byte[] Network(TfLiteForm form)
    {
        var s = new TfLiteSketch(form);
        int x = s.Add(Conv2D, [s.Input(1, 20, 8, 1), s.Weights(0, 4, 3, 3, 1), s.Bias(4)], s.Value(1, 10, 4, 4), 1, o => o.Int32(1, 2).Int32(2, 2).Byte(3, 1));
        x = s.Add(DepthwiseConv2D, [x, s.Weights(3, 1, 3, 3, 4), s.Bias(4)], s.Value(1, 10, 4, 4), 2, o => o.Int32(1, 1).Int32(2, 1).Int32(3, 1).Byte(4, 3));
        x = s.Add(Mean, [x, s.Integers(1, 2)], s.Value(0.01f, -100, 1, 4), 27);
        x = s.Add(FullyConnected, [x, s.Weights(-1, 3, 4), s.Bias(3)], s.Value(1, 3), 8);
        return s.Build(s.Add(Softmax, [x], s.Value(1f / 256, -128, 1, 3), 9, o => o.Float(0, 1)));
    }

    /// <summary>Runs a command in the folder.</summary>
    private void Expect(int code, string message, Command command, params string[] line)
    {
        using var errors = new StringWriter();
        string[] paths = [.. line.Select(word => word == "features" || word.Any(char.IsAsciiLetter) && word.Contains('.', StringComparison.Ordinal) ? At(word) : word)];
        int found = new CommandLine("edgec", "", command).Run([command.Syntax.Name.Split(' ')[^1], .. paths], TextWriter.Null, errors);
        Assert.True(found == code, $"exit code {found}: {errors}");
        Assert.Contains(message, errors.ToString(), StringComparison.Ordinal);
    }

    private string At(string name) => Path.Combine(folder, name);
}
