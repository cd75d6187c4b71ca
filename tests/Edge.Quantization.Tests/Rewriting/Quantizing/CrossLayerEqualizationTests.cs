using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Quantization.Tests.Rewriting.Quantizing;

public class CrossLayerEqualizationTests
{
    [Fact]
    public void The_equalized_graph_computes_the_same()
    {
        TestGraphs.RequireOnnxRuntime();
        var pairs = new List<string>();

        ModelGraph equalized = CrossLayerEqualization.Apply(
            HardNetwork.Build(40), HardNetwork.Samples(8), pairs: pairs, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(["c1", "c2", "c3", "a4"], pairs);
        Assert.NotEqual(HardNetwork.Build(40).Initializers["w1"].ToFloats(), equalized.Initializers["w1"].ToFloats());
        Assert.True(new QuantizationError(HardNetwork.Build(40), HardNetwork.Samples(8)).OutputSqnrDb(equalized) > 100); // a part in 10^5
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Outlier_channels_no_longer_spoil_the_outputs(bool perChannelWeights)
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = HardNetwork.Build(40);
        IReadOnlyList<CalibrationSample> samples = HardNetwork.Samples(16);
        var options = new QuantizeOptions { PerChannelWeights = perChannelWeights };
        var error = new QuantizationError(graph, HardNetwork.Samples(8, seed: 1));

        ModelGraph equalized = CrossLayerEqualization.Apply(graph, samples, perChannelWeights, cancellationToken: TestContext.Current.CancellationToken);

        double before = error.OutputSqnrDb(Quantize(graph, samples, options)), after = error.OutputSqnrDb(Quantize(equalized, samples, options));
        double easy = error.OutputSqnrDb(Quantize(HardNetwork.Build(), samples, options));
        TestContext.Current.TestOutputHelper?.WriteLine($"{before:F1} dB, equalized {after:F1} dB, without outliers {easy:F1} dB");
        Assert.True(after > before + 8 && after > easy - 8, $"{before:F1} dB, equalized {after:F1} dB, without outliers {easy:F1} dB");
    }

    [Theory]
    [InlineData("Sigmoid")]
    [InlineData("Clip")]
    [InlineData("output")]
    [InlineData("shared")]
    public void Layers_with_anything_between_them_that_scaling_would_change_are_left_alone(string obstacle)
    {
        ModelGraph graph = HardNetwork.Build();
        Node relu = graph.Nodes.Single(node => node.Outputs[0] == "r1");
        switch (obstacle)
        {
            case "output":
                graph.Outputs.Add(new ValueInfo("r1", ElementType.Float32, null));
                break;
            case "shared":
                graph.Nodes.Add(new Node("Conv", ["x", "w1", "b1"], ["again"]));
                graph.Outputs.Add(new ValueInfo("again", ElementType.Float32, null));
                break;
            default:
                relu.OpType = obstacle;
                break;
        }

        Assert.Equal(["c2", "c3", "a4"], ScalablePair.FindAll(graph).Select(pair => pair.Value));
    }

    [Fact]
    public void Behind_a_Flatten_a_channel_is_a_run_of_inputs()
    {
        var graph = new ModelGraph { Inputs = { new("x", ElementType.Float32, [1, 2, 3]) }, Outputs = { new("y", ElementType.Float32, [1, 1]) } };
        graph.Initializers["w"] = Tensor.Of([2, 2, 1], [1f, 2, 3, 4]);
        graph.Initializers["head"] = Tensor.Of([6, 1], [1f, 2, 3, 4, 5, 6]);
        graph.Nodes.Add(new Node("Conv", ["x", "w"], ["c"]));
        graph.Nodes.Add(new Node("Flatten", ["c"], ["flat"]));
        graph.Nodes.Add(new Node("MatMul", ["flat", "head"], ["y"]));

        ScalablePair pair = Assert.Single(ScalablePair.FindAll(graph));
        Assert.Equal([3, 6], pair.LargestReadingWeights(graph, skipDepthwise: true));
        pair.Scale(graph, [2, 10]);

        Assert.Equal([0.5f, 1, 0.3f, 0.4f], graph.Initializers["w"].ToFloats());
        Assert.Equal([2f, 4, 6, 40, 50, 60], graph.Initializers["head"].ToFloats());
    }

    [Fact]
    public void Layer_norms_gamma_and_beta_are_scaled_like_a_layer()
    {
        var graph = new ModelGraph { Inputs = { new("x", ElementType.Float32, [1, 2, 2]) }, Outputs = { new("y", ElementType.Float32, [1, 2, 1]) } };
        graph.Initializers["gamma"] = Tensor.Of([2], [1f, 2]);
        graph.Initializers["beta"] = Tensor.Of([2], [3f, 4]);
        graph.Initializers["head"] = Tensor.Of([1, 2], [5f, 6]);
        graph.Nodes.Add(new Node("LayerNormalization", ["x", "gamma", "beta"], ["n"]));
        graph.Nodes.Add(new Node("Gemm", ["n", "head"], ["y"]) { Attributes = { ["transB"] = 1 } });

        Assert.Single(ScalablePair.FindAll(graph)).Scale(graph, [2, 4]);

        Assert.Equal([0.5f, 0.5f], graph.Initializers["gamma"].ToFloats());
        Assert.Equal([1.5f, 1f], graph.Initializers["beta"].ToFloats());
        Assert.Equal([10f, 24f], graph.Initializers["head"].ToFloats());
    }

    private static ModelGraph Quantize(ModelGraph graph, IReadOnlyList<CalibrationSample> samples, QuantizeOptions options)
    {
        var observer = new MinMaxObserver();
        ActivationCollector.Collect(graph, samples, observer, TestContext.Current.CancellationToken);
        return Quantizer.Apply(graph, observer.Ranges, options);
    }
}
