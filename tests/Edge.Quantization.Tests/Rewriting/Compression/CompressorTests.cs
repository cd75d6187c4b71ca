using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Graph.Patterns;
using Edge.Quantization.Rewriting.Canonical;
using Edge.Quantization.Rewriting.Compression;
using Edge.Quantization.Tests.Rewriting.Canonical;
using Edge.Tests;

namespace Edge.Quantization.Tests.Rewriting.Compression;

/// <summary>Networks with something in them that nobody needs: it goes, and the outputs stay.</summary>
public sealed class CompressorTests : IDisposable
{
    private const string Convolutions =
        "a = Conv x ~8x4x3 ~8 pads:[1 1] kernel_shape:[3]; b = Relu a; c = Conv b ~8x1x3 ~8 group:8 pads:[1 1] kernel_shape:[3]; d = Relu c; y = Conv d ~5x8x1 ~5 kernel_shape:[1]";

    private readonly string folder = Directory.CreateTempSubdirectory("edge-compress-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Channels_that_nobody_reads_go_and_nothing_changes()
    {
        ModelGraph graph = GraphText.Parse(Convolutions, 17, ("x", [1, 4, 20]));
        Change(graph, graph.Nodes[^1].Inputs[1], (weights, i) => i % 8 is 2 or 5 ? 0 : weights[i]); // y reads nothing of channels 2 and 5

        CompressionStep step = Compress(graph, new() { PruneChannels = 0.25 });

        Assert.Equal([6L, 4, 3], Weights(step.Graph, 0));
        Assert.Equal([6L, 1, 3], Weights(step.Graph, 1));
        Assert.Equal([5L, 6, 1], Weights(step.Graph, 2));
        Equivalence.AssertSame(graph, step.Graph, 1e-4);
        Assert.Contains("2 of 8", step.Details[0], StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_channel_repeats_is_taken_over_by_the_other()
    {
        ModelGraph graph = GraphText.Parse("m = MatMul x ~6x8; a = Add m ~8; b = Relu a; n = MatMul b ~8x5; y = Add n ~5", 17, ("x", [1, 10, 6]));
        Change(graph, graph.Nodes[0].Inputs[1], (weights, i) => i % 8 == 7 ? 2 * weights[i - 1] : weights[i]);
        Change(graph, graph.Nodes[1].Inputs[1], (bias, i) => i == 7 ? 2 * bias[6] : bias[i]);

        CompressionStep step = Compress(graph, new() { PruneChannels = 0.125 });

        Assert.Equal([6L, 7], step.Graph.Constant(step.Graph.Nodes[0].Inputs[1])!.Dims.ToArray());
        Assert.InRange(step.SqnrDb, 50, 200);
    }

    [Fact]
    public void Channels_of_a_residual_sum_go_together()
    {
        ModelGraph graph = GraphText.Parse(
            "a = Conv x ~8x4x1 ~8 kernel_shape:[1]; b = Conv a ~8x8x1 ~8 kernel_shape:[1]; c = Add a b; d = Relu c; y = Conv d ~5x8x1 ~5 kernel_shape:[1]", 17, ("x", [1, 4, 20]));

        CompressionStep step = Compress(graph, new() { PruneChannels = 0.25 });

        Assert.Equal([6L, 4, 1], Weights(step.Graph, 0));
        Assert.Equal([6L, 6, 1], Weights(step.Graph, 1));
        Assert.Equal([5L, 6, 1], Weights(step.Graph, 2));
        Assert.True(step.SqnrDb > 10, $"{step.SqnrDb} dB");
    }

    [Fact]
    public void A_network_without_hidden_channels_is_named()
    {
        ModelGraph graph = GraphText.Parse("y = Conv x ~5x4x1 ~5 kernel_shape:[1]", 17, ("x", [1, 4, 20]));
        GraphFormatException e = Assert.Throws<GraphFormatException>(() => Compress(graph, new() { PruneChannels = 0.5 }));
        Assert.Contains("no hidden channels", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<GraphFormatException>(() => Compress(graph, new() { PruneHeads = 0.5 }));
        Assert.Contains("no heads", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("encoder-layer-17")]
    [InlineData("mha-17")]
    [InlineData("bert-17-time")]
    public void A_head_that_the_output_does_not_read_goes_and_nothing_changes(string name)
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = FoldingTests.Clean(OnnxReader.Read(Repository.PathTo("tests", "golden", "attention", $"{name}.onnx")));
        Node output = Assert.Single(AttentionPattern.FindAll(graph)).Output!;
        bool rowsAreOutputs = output.Int("transB", 0) != 0; // [out, in], else [in, out]; head 0 is inputs 0 to 7
        Change(graph, output.Inputs[1], (weights, i) => (rowsAreOutputs ? i % 16 : i / 16) < 8 ? 0 : weights[i]);

        CompressionStep step = Compress(graph, new() { PruneHeads = 0.5 });

        Assert.Equal(1, Assert.Single(AttentionPattern.FindAll(Shaped(step.Graph))).Heads);
        Equivalence.AssertSame(graph, step.Graph, 1e-3);
        Assert.Contains("1 of 2 heads (0)", step.Details[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_layer_of_low_rank_becomes_two_thin_ones_and_nothing_changes()
    {
        ModelGraph graph = GraphText.Parse("m = MatMul x ~12x16; y = Add m ~16", 17, ("x", [1, 30, 12]));
        Change(graph, graph.Nodes[0].Inputs[1], (weights, i) => weights[i / 16 * 16] * (i % 16 + 1) + weights[i / 16 * 16 + 1] * (i % 16 % 3)); // rank 2

        CompressionStep step = Compress(graph, new() { KeepEnergy = 0.9999 });

        Assert.Equal("MatMul MatMul Add", step.Graph.Operators());
        Assert.Equal([12L, 2], step.Graph.Constant(step.Graph.Nodes[0].Inputs[1])!.Dims.ToArray());
        Assert.Equal(12 * 2 + 2 * 16 + 16, step.Cost.Parameters);
        Equivalence.AssertSame(graph, step.Graph, 1e-3);
    }

    [Fact]
    public void A_strided_convolution_of_one_tap_keeps_its_stride_when_it_is_cut()
    {
        ModelGraph graph = GraphText.Parse("y = Conv x ~16x12x1 ~16 kernel_shape:[1] strides:[2]", 17, ("x", [1, 12, 31]));
        Change(graph, graph.Nodes[0].Inputs[1], (weights, i) => weights[i % 12] * (i / 12 + 1));

        CompressionStep step = Compress(graph, new() { KeepEnergy = 0.9999 });

        Assert.Equal("Conv Conv", step.Graph.Operators());
        Equivalence.AssertSame(graph, step.Graph, 1e-3);
    }

    [Fact]
    public void Products_are_counted()
    {
        ModelGraph graph = GraphText.Parse(Convolutions, 17, ("x", [1, 4, 20]));
        ModelCost cost = Run(graph, new())[0].Cost;
        Assert.Equal(20 * (8 * 4 * 3 + 8 * 3 + 5 * 8), cost.MultiplyAccumulates);
        Assert.Equal(8 * 4 * 3 + 8 + 8 * 3 + 8 + 5 * 8 + 5, cost.Parameters);
    }

    private static ModelGraph Shaped(ModelGraph graph)
    {
        ShapeInference.Apply(graph);
        return graph;
    }

    private static void Change(ModelGraph graph, string constant, Func<float[], int, float> change)
    {
        Tensor tensor = graph.Initializers[constant];
        float[] values = tensor.ToFloats();
        graph.Initializers[constant] = Tensor.Of(tensor.Dims, Enumerable.Range(0, values.Length).Select(i => change(values, i)).ToArray());
    }

    private static long[] Weights(ModelGraph graph, int convolution) =>
        graph.Constant(graph.Nodes.Where(node => node.OpType == "Conv").ElementAt(convolution).Inputs[1])!.Dims.ToArray();

    private CompressionStep Compress(ModelGraph graph, CompressionOptions options) => Run(graph, options)[^1];

    private IReadOnlyList<CompressionStep> Run(ModelGraph graph, CompressionOptions options)
    {
        TestGraphs.RequireOnnxRuntime();
        var random = new Random(3);
        long[] dims = [.. graph.Inputs[0].Shape!.Select((dim, i) => dim.IsKnown ? dim.Size : i == 0 ? 1 : 5)];
        for (int clip = 0; clip < 20; clip++)
        {
            NpyWriter.WriteAll<float>(
                Path.Combine(folder, $"{clip:00}.npy"), dims,
                [.. Enumerable.Range(0, (int)dims.Aggregate(1L, (a, b) => a * b)).Select(_ => (float)random.NextDouble() * 2 - 1)]);
        }

        CalibrationData data = CalibrationData.Open(graph, [folder], null, new CalibrationOptions());
        return Compressor.Run(graph, data, options, (_, _) => () => { }, TestContext.Current.CancellationToken);
    }
}
