using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Tests;

namespace Edge.Quantization.Tests.Calibration;

public class ActivationCollectorTests
{
    [Fact]
    public void Ranges_cover_inputs_intermediate_values_and_outputs_of_all_samples()
    {
        TestGraphs.RequireOnnxRuntime();
        float[] low = TestGraphs.Ramp(10, 4);
        float[] high = [.. low.Select(value => -3 * value)];
        ModelGraph graph = TestGraphs.Convolution();

        IReadOnlyDictionary<string, (float Min, float Max)> ranges =
            MinMax(graph, [TestGraphs.ConvolutionInput(low), TestGraphs.ConvolutionInput(high)]);

        Assert.Equal(["conv", "relu", "x", "y"], ranges.Keys.Order());
        Assert.Equal((-3.75f, 3f), ranges["x"]);
        Assert.Equal(0, ranges["relu"].Min);
        Assert.Equal(ranges["conv"].Max, ranges["relu"].Max);
        Assert.True(ranges["conv"].Min < 0);
        Assert.True(ranges["y"].Max < ranges["relu"].Max);
        Assert.Equal(3, graph.Nodes.Count);
        Assert.Single(graph.Outputs);
    }

    [Fact]
    public void Every_pass_shows_every_value_of_every_sample_in_order()
    {
        TestGraphs.RequireOnnxRuntime();
        var observer = new RecordingObserver();
        int count = ActivationCollector.Collect(TestGraphs.Convolution(), Samples(), observer, TestContext.Current.CancellationToken);
        string[] sample = ["x:10", "y:3", "conv:15", "relu:15"];
        Assert.Equal(2, count);
        Assert.Equal(["pass 0", .. sample, .. sample, "pass 1", .. sample, .. sample], observer.Seen);

        static IEnumerable<Dictionary<string, OnnxTensor>> Samples()
        {
            yield return TestGraphs.ConvolutionInput(new float[10]);
            yield return TestGraphs.ConvolutionInput(TestGraphs.Ramp(10, 3));
        }
    }

    [Fact]
    public void NaN_is_refused_with_value_node_and_sample()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = TestGraphs.Convolution();
        graph.Nodes.Add(new Node("Sqrt", ["x"], ["root"], "s1"));
        Dictionary<string, OnnxTensor>[] samples =
            [TestGraphs.ConvolutionInput(new float[10]), TestGraphs.ConvolutionInput(TestGraphs.Ramp(10, 4))];
        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => MinMax(graph, samples));
        Assert.Contains("'root'", fault.Message);
        Assert.Contains("Sqrt 's1'", fault.Message);
        Assert.Contains("sample 1", fault.Message);
    }

    [Fact]
    public void No_samples_are_refused()
    {
        TestGraphs.RequireOnnxRuntime();
        Assert.Throws<InvalidDataException>(() => MinMax(TestGraphs.Convolution(), []));
    }

    [Fact]
    public void Values_of_other_types_are_described_but_not_observed()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = TestGraphs.Convolution();
        graph.Nodes.Add(new Node("Shape", ["x"], ["shape"]));
        Dictionary<string, OnnxTensor> sample = TestGraphs.ConvolutionInput(new float[20]);
        Assert.DoesNotContain("shape", MinMax(graph, [sample]).Keys);
        using var runner = new FloatRunner(graph);
        IReadOnlyDictionary<string, ValueInfo> described = runner.DescribeValues(sample);
        string[] expected =
            ["conv: Float32 [2, 3, 5]", "relu: Float32 [2, 3, 5]", "shape: Int64 [3]", "x: Float32 [2, 2, 5]", "y: Float32 [2, 3]"];
        Assert.Equal(expected, described.Values.Select(value => $"{value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_float_value_of_a_real_model_gets_a_range()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = OnnxReader.Read(Repository.Shared("models", "basic-pitch.onnx"));
        var random = new Random(5);
        float[] audio = [.. Enumerable.Range(0, 43844).Select(_ => random.NextSingle() - 0.5f)];
        var sample = new Dictionary<string, OnnxTensor> { [graph.Inputs[0].Name] = OnnxTensor.Of([1, 43844, 1], audio) };
        IReadOnlyDictionary<string, (float Min, float Max)> ranges = MinMax(graph, [sample]);
        Assert.All(graph.Nodes.Where(node => node.OpType is "Conv" or "Relu" or "Sigmoid"), node => Assert.Contains(node.Outputs[0], ranges.Keys));
        Assert.All(graph.Nodes.Where(node => node.OpType == "Sigmoid"), node => Assert.InRange(ranges[node.Outputs[0]].Max, 0, 1));
    }

    [Fact]
    public void The_min_max_observer_keeps_finite_extremes_only()
    {
        var observer = new MinMaxObserver();
        observer.BeginPass(0);
        observer.Observe("mask", [], [float.NegativeInfinity, -1, 2]);
        observer.Observe("mask", [], [float.PositiveInfinity, 0]);
        observer.Observe("infinite", [], [float.NegativeInfinity]);
        observer.Observe("empty", [], []);
        Assert.Equal(("mask", (-1f, 2f)), observer.Ranges.Select(pair => (pair.Key, pair.Value)).Single());
        observer.BeginPass(0);
        Assert.Empty(observer.Ranges);
    }

    private static IReadOnlyDictionary<string, (float Min, float Max)> MinMax(
        ModelGraph graph, IEnumerable<IReadOnlyDictionary<string, OnnxTensor>> samples) =>
        ActivationCollector.MinMax(graph, samples, TestContext.Current.CancellationToken);

    private sealed class RecordingObserver : IActivationObserver
    {
        public List<string> Seen { get; } = [];

        public int Passes => 2;

        public void BeginPass(int pass) => Seen.Add($"pass {pass}");

        public void Observe(string value, ReadOnlySpan<long> dims, ReadOnlySpan<float> activations) => Seen.Add($"{value}:{activations.Length}");
    }
}
