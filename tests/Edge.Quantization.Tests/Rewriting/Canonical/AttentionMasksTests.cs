using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Canonical;
using Edge.Quantization.Rewriting.Quantizing;
using ElementType = Edge.Quantization.Graph.ElementType;

namespace Edge.Quantization.Tests.Rewriting.Canonical;

public class AttentionMasksTests
{
    private const int Frames = 12, Width = 8;

    /// <summary>How exporters write a causal mask.</summary>
    public static TheoryData<string, float> Spellings => new()
    {
        { "Add", float.NegativeInfinity }, { "Add", float.MinValue }, { "Add", -10_000 }, { "Add", -1e9f },
        { "Where", float.NegativeInfinity }, { "Where", float.MinValue }, { "masked_fill", float.NegativeInfinity },
    };

    [Theory]
    [MemberData(nameof(Spellings))]
    public void A_masked_graph_computes_the_same_when_it_is_cleaned(string spelling, float low)
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = Causal(spelling, low), cleaned = graph.Clone();

        Cleanup.Apply(cleaned);

        Equivalence.AssertSame(graph, cleaned);
        Assert.DoesNotContain(cleaned.Nodes, node => node.OpType == "Where");
    }

    [Theory]
    [MemberData(nameof(Spellings))]
    public void A_quantized_mask_hides_as_well_as_an_infinite_one_and_leaves_the_scores_their_steps(string spelling, float low)
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = Causal(spelling, low);
        Cleanup.Apply(graph);
        IReadOnlyDictionary<string, OnnxTensor>[] samples = [.. Enumerable.Range(0, 4).Select(Sample)];

        ModelGraph quantized = Quantizer.Apply(graph, ActivationCollector.MinMax(graph, samples, TestContext.Current.CancellationToken));

        using var real = new FloatRunner(graph);
        using var integer = new FloatRunner(quantized);
        foreach (IReadOnlyDictionary<string, OnnxTensor> sample in samples)
        {
            float[] expected = Value(real, sample, "weights"), found = Value(integer, sample, "weights.dequantized");
            for (int i = 0; i < expected.Length; i++)
            {
                bool hidden = i % Frames > i / Frames;
                Assert.True(hidden ? found[i] == 0 : Math.Abs(found[i] - expected[i]) < 0.05, $"weight {i} is {found[i]}, in float {expected[i]}");
            }
        }

        string scale = quantized.Nodes.Find(node => node.OpType == "QuantizeLinear" && node.Inputs[0] == "masked")!.Inputs[1];
        Assert.InRange(quantized.Initializers[scale].ToFloats()[0], 0.01f, 0.2f);
    }

    [Fact]
    public void A_sum_that_no_softmax_reads_keeps_its_constant()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = Causal("Add", -10_000);
        graph.Outputs.Add(new ValueInfo("masked", ElementType.Float32, null));

        Cleanup.Apply(graph);

        Assert.Contains(graph.Initializers.Values, constant => constant.ElementType == ElementType.Float32 && constant.ToFloats().Min() == -10_000);
    }

    /// <summary>x · x' with later frames hidden, softmax, times x.</summary>
    private static ModelGraph Causal(string spelling, float low)
    {
        float[] mask = [.. Enumerable.Range(0, Frames * Frames).Select(i => i % Frames > i / Frames ? low : 0f)];
        byte[] visible = [.. mask.Select(value => (byte)((value == 0) != (spelling == "masked_fill") ? 1 : 0))];
        var graph = new ModelGraph
        {
            Inputs = { new ValueInfo("x", ElementType.Float32, [1, Frames, Width]) },
            Outputs = { new ValueInfo("y", ElementType.Float32, [1, Frames, Width]) },
            Nodes =
            {
                new Node("Transpose", ["x"], ["turned"]) { Attributes = { ["perm"] = new long[] { 0, 2, 1 } } },
                new Node("MatMul", ["x", "turned"], ["scores"]),
                spelling switch
                {
                    "Add" => new Node("Add", ["scores", "mask"], ["masked"]),
                    "Where" => new Node("Where", ["visible", "scores", "low"], ["masked"]),
                    _ => new Node("Where", ["visible", "low", "scores"], ["masked"]),
                },
                new Node("Softmax", ["masked"], ["weights"]) { Attributes = { ["axis"] = -1 } },
                new Node("MatMul", ["weights", "x"], ["y"]),
            },
        };
        if (spelling == "Add")
        {
            graph.Initializers["mask"] = Tensor.Of([Frames, Frames], mask);
        }
        else
        {
            graph.Initializers["visible"] = new Tensor(ElementType.Bool, [Frames, Frames], visible);
            graph.Initializers["low"] = Tensor.Scalar(low);
        }

        return graph;
    }

    private static IReadOnlyDictionary<string, OnnxTensor> Sample(int seed)
    {
        var random = new Random(seed);
        return new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.Of([1, Frames, Width], Enumerable.Range(0, Frames * Width).Select(_ => (float)random.NextDouble() * 2 - 1).ToArray()) };
    }

    private static float[] Value(FloatRunner runner, IReadOnlyDictionary<string, OnnxTensor> sample, string name)
    {
        float[] found = [];
        runner.Run(sample, output => found = output.Name == name ? output.Elements<float>().ToArray() : found);
        return found;
    }
}
