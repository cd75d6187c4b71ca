using Edge.Audio;
using Edge.Cli;
using Edge.Detection;
using Edge.Features;
using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Cli;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Rewriting.Quantizing;
using Edge.Quantization.Tests.Compilation;

namespace Edge.Quantization.Tests.Cli;

/// <summary>What people give the commands by mistake: each fault gets its exit code and a message that names it, and no file is left.</summary>
public sealed class BadInputTests : IDisposable
{
    private static readonly Command[] Commands =
    [
        FeaturesCommand.Command, CompressCommand.Command, QuantizeCommand.Command, BuildCommand.Command, AnalyzeCommand.Command, DiffCommand.Command,
        EvaluateCommand.Command,
    ];

    private readonly string folder = Directory.CreateTempSubdirectory("edge bäd input ").FullName;

    public BadInputTests()
    {
        ModelGraph graph = SmallNetwork.Build(1);
        ModelMetadata.SetFrontEnd(graph, new MicroOptions { Channels = SmallNetwork.Features });
        ModelMetadata.SetLabels(graph, ["other", "yes", "no"]);
        OnnxWriter.Write(graph, At("net.onnx"));
        Directory.CreateDirectory(At("clips/yes"));
        for (int i = 0; i < 3; i++)
        {
            WavWriter.Write(At($"clips/yes/ü {i}.wav"), SyntheticSignal.Generate((uint)i + 1, 16_000), 16_000);
        }
    }

    /// <summary>How each command is given a model; MODEL stands for it.</summary>
    public static TheoryData<string> Lines =>
    [
        "compress MODEL --prune-channels 0.25 --calibration clips --out out.onnx",
        "quantize MODEL --preset fast --calibration clips --out out.onnx",
        "build MODEL --preset fast --calibration clips --labels labels.txt --out out.edge",
        "analyze MODEL --calibration clips --out out.html",
        "diff MODEL net.onnx --calibration clips --json-out out.json",
        "evaluate MODEL clips --labels labels.txt",
    ];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_model_that_cannot_be_read_is_a_bad_input_file(string line)
    {
        TestGraphs.RequireOnnxRuntime();
        byte[] whole = File.ReadAllBytes(At("net.onnx"));
        File.WriteAllText(At("text.onnx"), "this is no model");
        File.WriteAllBytes(At("empty.onnx"), []);
        File.WriteAllBytes(At("cut.onnx"), whole[..(whole.Length / 2)]);
        byte[] cyclic = [.. whole];
        "residual"u8.CopyTo(cyclic.AsSpan(cyclic.AsSpan().IndexOf("features"u8))); // the first node now reads what follows from it
        File.WriteAllBytes(At("cyclic.onnx"), cyclic);
        Save("deaf.onnx", graph => graph.Outputs.Clear());
        Save("fancy.onnx", graph => graph.Nodes.Find(node => node.OpType == "Relu")!.OpType = "Fancy");
        Directory.CreateDirectory(At("folder.onnx"));

        Expect(ExitCode.BadInputFile, "text.onnx: model", line, "text.onnx");
        Expect(ExitCode.BadInputFile, "empty.onnx: model: it holds no graph", line, "empty.onnx");
        Expect(ExitCode.BadInputFile, "The file is cut off or damaged", line, "cut.onnx");
        Expect(ExitCode.BadInputFile, "must not have cycles", line, "cyclic.onnx");
        Expect(ExitCode.BadInputFile, "it has no output", line, "deaf.onnx");
        Expect(ExitCode.BadInputFile, line.StartsWith("diff", StringComparison.Ordinal) ? "" : "Fancy", line, "fancy.onnx");
        Expect(ExitCode.BadInputFile, "missing.onnx: there is no such file", line, "missing.onnx");
        Expect(ExitCode.BadInputFile, "a folder, and no file", line, "folder.onnx");
    }

    [Theory]
    [InlineData("compress MODEL --prune-channels 0.25 --calibration clips --out out.onnx")]
    [InlineData("quantize MODEL --calibration clips --out out.onnx")]
    [InlineData("build MODEL --calibration clips --labels labels.txt --out out.edge")]
    [InlineData("analyze MODEL --calibration clips --out out.html")]
    public void Weights_that_are_not_finite_are_named_with_their_file(string line)
    {
        TestGraphs.RequireOnnxRuntime();
        Save("nan.onnx", graph => Spoil(graph, float.NaN));
        Save("infinite.onnx", graph => Spoil(graph, float.PositiveInfinity));

        Expect(ExitCode.BadInputFile, "nan.onnx: 1 constant(s) are not finite", line, "nan.onnx");
        Expect(ExitCode.BadInputFile, "the first infinity at element", line, "infinite.onnx");
    }

    [Fact]
    public void Scores_that_are_not_numbers_are_no_accuracy()
    {
        TestGraphs.RequireOnnxRuntime();
        Save("nan.onnx", graph => Spoil(graph, float.NaN));
        Expect(ExitCode.BadInputFile, "the score NaN", "evaluate MODEL clips", "nan.onnx");
    }

    [Theory]
    [InlineData("compress MODEL --prune-channels 0.25 --calibration clips --out out.onnx", "expected the .onnx")]
    [InlineData("quantize MODEL --calibration clips --out out.onnx", "expected the .onnx")]
    [InlineData("build MODEL --calibration clips --labels labels.txt --out out.edge", "expected the .onnx")]
    [InlineData("analyze MODEL --calibration clips --out out.html", "expected the float .onnx")]
    public void A_compiled_model_is_no_source(string line, string message)
    {
        File.WriteAllText(At("net.edge"), "");
        Expect(ExitCode.WrongUsage, message, line, "net.edge");
    }

    [Theory]
    [InlineData("compress net.onnx --prune-channels 0.25 --calibration clips --out", ".onnx")]
    [InlineData("quantize net.onnx --calibration clips --out", ".onnx")]
    [InlineData("build net.onnx --calibration clips --labels labels.txt --out", ".edge")]
    [InlineData("build net.onnx --calibration clips --labels labels.txt --out out.edge --qdq", ".onnx")]
    [InlineData("analyze net.onnx --calibration clips --out", "")]
    [InlineData("analyze net.onnx --calibration clips --json-out", "")]
    [InlineData("diff net.onnx net.onnx --calibration clips --json-out", "")]
    public void An_output_that_cannot_be_written_is_refused_before_the_work(string line, string extension)
    {
        Directory.CreateDirectory(At("place" + extension));
        Expect(ExitCode.WrongUsage, "a folder; expected the name of a file", $"{line} place{extension}", "");
        Expect(ExitCode.WrongUsage, "Make it first", $"{line} nowhere/out{extension}", "");
        if (extension.Length > 0)
        {
            Expect(ExitCode.WrongUsage, $"expected a name that ends in {extension}", $"{line} out.dat", "");
        }

        if (extension != ".edge")
        {
            Expect(ExitCode.WrongUsage, "expected another name", $"{line} net.onnx", "");
            File.CreateSymbolicLink(At("link.onnx"), At("net.onnx"));
            Expect(ExitCode.WrongUsage, "expected another name", $"{line} link.onnx", "");
        }
    }

    [Theory]
    [InlineData("other\nyes\n", "There are 2 labels")]
    [InlineData("other\nyes\nyes\n", "has the label 'yes' 2 times")]
    [InlineData("\n\n", "has no label")]
    [InlineData("a\u0001\nb\nc\n", "is no text")]
    public void Labels_that_do_not_fit_are_refused(string labels, string message)
    {
        TestGraphs.RequireOnnxRuntime();
        File.WriteAllText(At("names.txt"), labels);
        Expect(ExitCode.BadInputFile, message, "build net.onnx --preset fast --calibration clips --labels names.txt --out out.edge", "");
    }

    [Theory]
    [InlineData("--window-frames 50", "--stride-frames N is required too")]
    [InlineData("--stride-frames 50", "--window-frames N is required too")]
    [InlineData("--window-frames 20 --stride-frames 25", "expected a whole number from 1 to 20")]
    public void A_window_needs_a_stride_that_it_covers(string window, string message) =>
        Expect(ExitCode.WrongUsage, message, $"build net.onnx --calibration clips --labels labels.txt {window} --out out.edge", "");

    [Fact]
    public void What_cannot_be_compiled_is_refused_before_it_is_quantized()
    {
        TestGraphs.RequireOnnxRuntime();
        Save("ahead.onnx", graph => graph.Nodes.Find(node => node.OpType == "Conv")!.Attributes["pads"] = new long[] { 2, 2 });
        var options = new BuildOptions { Name = "n", Labels = ["a", "b", "c"], FrontEnd = new MicroOptions(), Detection = new KeywordOptions { Thresholds = [1, 1, 1] } };
        int taken = 0;
        IEnumerable<CalibrationSample> samples = Enumerable.Range(0, 1000).Select(i =>
        {
            taken++;
            return new CalibrationSample($"{i}", new Dictionary<string, OnnxTensor> { ["features"] = SmallNetwork.Recording(i, 32) });
        });

        var error = Assert.ThrowsAny<IOException>(() => ModelBuilder.RequireBuildable(
            PostTrainingQuantization.Rehearse(OnnxReader.Read(At("ahead.onnx")), samples, new(), TestContext.Current.CancellationToken), options));

        Assert.Contains("Pad it so, or build it windowed", error.Message, StringComparison.Ordinal);
        Assert.InRange(taken, 1, 10);
    }

    [Theory]
    [InlineData("quantize net.onnx --calibration empty --out out.onnx", "hold no recording")]
    [InlineData("quantize net.onnx --calibration silence --out out.onnx", "silence only")]
    [InlineData("quantize net.onnx --calibration short --out out.onnx", "is too short: not one frame")]
    [InlineData("features empty --front-end micro --out features", "There is no recording in")]
    [InlineData("features cut --front-end micro --out features", "")] // goes to the console, between the recordings
    [InlineData("evaluate net.onnx empty", "holds no recordings")]
    public void Clips_that_are_no_use_are_named(string line, string message)
    {
        TestGraphs.RequireOnnxRuntime();
        Directory.CreateDirectory(At("empty"));
        File.WriteAllText(Directory.CreateDirectory(At("empty")).FullName + "/readme.txt", "no sound");
        WavWriter.Write(Directory.CreateDirectory(At("silence")).FullName + "/a.wav", new short[16_000], 16_000);
        WavWriter.Write(Directory.CreateDirectory(At("short")).FullName + "/a.wav", new short[160], 16_000);
        File.WriteAllBytes(Directory.CreateDirectory(At("cut")).FullName + "/a.wav", File.ReadAllBytes(At("clips/yes/ü 0.wav"))[..9_000]);

        Expect(ExitCode.BadInputFile, message, line, "");
    }

    [Fact]
    public void A_second_file_that_cannot_be_written_leaves_the_first_unwritten_too()
    {
        TestGraphs.RequireOnnxRuntime();
        // A name of 255 bytes leaves no room for that of the temporary file; it stands for any fault of the disk.
        string longName = new string('n', 250) + ".onnx";
        Expect(ExitCode.BadInputFile, "cannot be written", $"build net.onnx --preset fast --calibration clips --labels labels.txt --out out.edge --qdq {longName}", "");
    }

    /// <summary>Runs a line whose words that name files are taken from the test's folder.</summary>
    private void Expect(int code, string message, string line, string model)
    {
        File.WriteAllText(At("labels.txt"), "other\nyes\nno\n");
        string[] args = [.. line.Split(' ').Select((word, i) => word == "MODEL" ? At(model) : i > 0 && IsName(word) ? At(word) : word)];
        using var errors = new StringWriter();
        int actual = new CommandLine("edgec", "", Commands).Run(args, TextWriter.Null, errors);
        Assert.Contains(message, errors.ToString(), StringComparison.Ordinal);
        Assert.Equal(code, actual);
        Assert.Empty(Directory.GetFiles(folder, "out.*"));
        Assert.Empty(Directory.GetFiles(folder, "*.tmp"));
    }

    private static bool IsName(string word) => !word.StartsWith('-') && !char.IsDigit(word[0]) && word is not ("fast" or "micro");

    private void Save(string name, Action<ModelGraph> change)
    {
        ModelGraph graph = OnnxReader.Read(At("net.onnx"));
        change(graph);
        OnnxWriter.Write(graph, At(name));
    }

    private static void Spoil(ModelGraph graph, float value)
    {
        (string name, Tensor weights) = graph.Initializers.First(pair => pair.Value.Dims.Length > 1);
        float[] values = weights.ToFloats();
        values[1] = value;
        graph.Initializers[name] = Tensor.Of(weights.Dims, values);
    }

    private string At(string name) => Path.Combine(folder, name);
}
