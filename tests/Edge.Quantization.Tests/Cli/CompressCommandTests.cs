using Edge.Cli;
using Edge.Features;
using Edge.Quantization.Calibration;
using Edge.Quantization.Cli;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Tests.Analysis.Evaluation;
using Edge.Quantization.Tests.Compilation;
using Edge.Tests;

namespace Edge.Quantization.Tests.Cli;

/// <summary>The wake-word network, the words of the bundled recording as calibration and labelled clips.</summary>
public sealed class CompressCommandTests : IDisposable
{
    private static readonly string Recipe = Repository.PathTo("quantization", "recipes", "wake-words");
    private static readonly string[] Hearing = ["--front-end", "micro", "--hop-ms", "10", "--labels", Path.Combine(Recipe, "labels.txt"), "--background", "other"];

    private readonly string folder = Directory.CreateTempSubdirectory("edge-compress-command-").FullName;

    public CompressCommandTests()
    {
        ModelGraph graph = OnnxReader.Read(Path.Combine(Recipe, "wake-words.onnx"));
        OnnxWriter.Write(graph, At("net.onnx"));
        foreach (string constant in graph.Initializers.Where(pair => pair.Value is { ElementType: ElementType.Float32, Dims.Length: > 1 }).Select(pair => pair.Key).ToList())
        {
            Tensor weights = graph.Initializers[constant];
            graph.Initializers[constant] = Tensor.Of(weights.Dims, Array.ConvertAll(weights.ToFloats(), weight => -3 * weight));
        }

        OnnxWriter.Write(graph, At("spoiled.onnx"));
        BundledWords.Cut(At("clips"));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Checkpoints_are_averaged_without_calibration()
    {
        Expect(ExitCode.Done, "", "net.onnx", "spoiled.onnx");

        Assert.All(Weights("net.onnx").Zip(Weights("out.onnx")), pair => Assert.Equal(-pair.First, pair.Second, 1e-6f)); // the mean of w and −3w
    }

    [Fact]
    public void Networks_that_cannot_be_averaged_are_named_by_their_files()
    {
        OnnxWriter.Write(SmallNetwork.Build(1), At("other.onnx"));
        Expect(ExitCode.BadInputFile, $"{At("other.onnx")}: its nodes: found", "net.onnx", At("other.onnx"));
    }

    [Fact]
    public void A_greedy_average_leaves_out_what_hears_worse()
    {
        TestGraphs.RequireOnnxRuntime();
        Expect(ExitCode.Done, "", ["spoiled.onnx", "net.onnx", "--average", "greedy", "--evaluate", At("clips"), .. Hearing]);

        Assert.Equal(Weights("net.onnx"), Weights("out.onnx"));
    }

    [Fact]
    public void A_smaller_network_is_written_that_says_which_front_end_it_takes()
    {
        TestGraphs.RequireOnnxRuntime();
        Expect(ExitCode.Done, "", ["net.onnx", "--calibration", At("clips"), "--max-parameters", "45000", "--channel-multiple", "4", "--evaluate", At("clips"), "--max-loss", "0", .. Hearing]);

        ModelGraph graph = OnnxReader.Read(At("out.onnx"));
        long[] channels = [.. graph.Nodes.Where(node => node.OpType == "Conv").Select(node => graph.Constant(node.Inputs[1])!.Dims[0]).SkipLast(1)];
        Assert.InRange(graph.Initializers.Values.Sum(tensor => tensor.Count), 30_000, 45_000);
        Assert.All(channels, count => Assert.Equal(0, count % 4));
        Assert.Equal(160, Assert.IsType<MicroOptions>(ModelMetadata.FrontEnd(graph)).HopSamples);
    }

    [Fact]
    public void Too_much_loss_fails_after_the_network_is_written()
    {
        TestGraphs.RequireOnnxRuntime();
        Expect(ExitCode.WorkFailed, "", ["net.onnx", "--calibration", At("clips"), "--prune-channels", "0.8", "--evaluate", At("clips"), "--max-loss", "1", "--json", .. Hearing]);
        Assert.True(File.Exists(At("out.onnx")));
    }

    [Theory]
    [InlineData("takes at least one model")]
    [InlineData("nothing to do", "net.onnx")]
    [InlineData("net.onnx is given twice", "net.onnx", "net.onnx")]
    [InlineData("--average is for several", "net.onnx", "--average", "greedy")]
    [InlineData("--average greedy needs labelled clips", "net.onnx", "spoiled.onnx", "--average", "greedy")]
    [InlineData("expected one of uniform, greedy", "net.onnx", "spoiled.onnx", "--average", "best")]
    [InlineData("--max-loss needs labelled clips", "net.onnx", "--prune-channels", "0.1", "--max-loss", "1")]
    [InlineData("--ignore needs labelled clips", "net.onnx", "--prune-channels", "0.1", "--ignore", "x")]
    [InlineData("--calibration PATH is required", "net.onnx", "--prune-channels", "0.1")]
    [InlineData("expected one or the other", "net.onnx", "--prune-channels", "0.1", "--max-products", "1000")]
    [InlineData("--channel-multiple goes with", "net.onnx", "--factorize", "0.9", "--channel-multiple", "8")]
    [InlineData("All heads or channels cannot go", "net.onnx", "--prune-heads", "1")]
    [InlineData("--max-parameters is 'few'; expected a number", "net.onnx", "--max-parameters", "few")]
    [InlineData("Nothing says which front end", "net.onnx", "spoiled.onnx", "--evaluate", "clips")]
    public void Wrong_usage_is_explained(string message, params string[] arguments)
    {
        Expect(ExitCode.WrongUsage, message, arguments);
        Assert.False(File.Exists(At("out.onnx")));
    }

    private float[] Weights(string file) =>
        [.. OnnxReader.Read(At(file)).Initializers.Where(pair => pair.Value is { ElementType: ElementType.Float32, Dims.Length: > 1 }).SelectMany(pair => pair.Value.ToFloats())];

    private void Expect(int code, string message, params string[] arguments)
    {
        using var errors = new StringWriter();
        int actual = new CommandLine("edgec", "", CompressCommand.Command).Run(
            ["compress", .. arguments.Select(argument => argument is "net.onnx" or "spoiled.onnx" or "clips" ? At(argument) : argument), "--out", At("out.onnx")], TextWriter.Null, errors);
        Assert.Contains(message, errors.ToString(), StringComparison.Ordinal);
        Assert.True(code == actual, $"exit code {actual}, expected {code}: {errors}");
    }

    private string At(string name) => Path.Combine(folder, name);
}
