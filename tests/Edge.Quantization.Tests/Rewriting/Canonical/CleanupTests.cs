using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Rewriting.Canonical;
using Edge.Tests;

namespace Edge.Quantization.Tests.Rewriting.Canonical;

public class CleanupTests
{
    [Fact]
    public void Batch_normalization_goes_into_the_convolution_before_it()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = Normalized();

        Cleanup.Apply(graph);

        Node convolution = Assert.Single(graph.Nodes);
        Assert.Equal("y", convolution.Outputs[0]);
        // γ/√(σ² + ε) = 2/√4 = 1 and 3/√1 = 3; bias (b − μ)·factor + β.
        Assert.Equal([5f, 21f], graph.Initializers[convolution.Inputs[1]].ToFloats());
        Assert.Equal([(1 - 0.5f) * 1 + 10, (2 - 1f) * 3 + 20], graph.Initializers[convolution.Inputs[2]].ToFloats());
    }

    [Fact]
    public void Batch_normalization_of_a_value_that_others_read_is_a_convolution_of_its_own()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = Normalized();
        graph.Outputs.Add(new ValueInfo("c", ElementType.Float32, null));

        Cleanup.Apply(graph);

        Assert.Equal(["Conv", "Conv"], graph.Nodes.Select(n => n.OpType));
        Assert.Equal(graph.Constant(graph.Nodes[1].Inputs[1])!.Dims[0], graph.Nodes[1].Int("group", 1));
    }

    [Fact]
    public void Constants_become_initializers_and_nodes_that_change_nothing_go()
    {
        TestGraphs.RequireOnnxRuntime();
        var graph = new ModelGraph();
        graph.Inputs.Add(new ValueInfo("x", ElementType.Float32, [1]));
        graph.Outputs.Add(new ValueInfo("y", ElementType.Float32, [1]));
        graph.Nodes.Add(new Node("Constant", [], ["one"]) { Attributes = { ["value"] = Tensor.Scalar(1) } });
        graph.Nodes.Add(new Node("Add", ["x", "one"], ["sum"]));
        graph.Nodes.Add(new Node("Dropout", ["sum"], ["kept"]));
        graph.Nodes.Add(new Node("Identity", ["kept"], ["y"]));

        Cleanup.Apply(graph);

        Assert.Equal("Add", Assert.Single(graph.Nodes).OpType);
        Assert.Equal(["y"], graph.Nodes[0].Outputs);
        Assert.True(graph.Initializers.ContainsKey("one"));
    }

    [Theory]
    [InlineData("quantization/recipes/wake-words/wake-words.onnx")]
    [InlineData("quantization/recipes/digits/res-swish.onnx")]
    [InlineData("quantization/recipes/digits/tiny-transformer.onnx")]
    public void A_trained_model_of_the_recipes_computes_the_same(string path)
    {
        path = Repository.PathTo(path.Split('/'));
        Assert.SkipUnless(File.Exists(path), $"{path} is not there");
        ModelGraph graph = OnnxReader.Read(path);

        ModelGraph cleaned = FoldingTests.Clean(graph);

        Equivalence.AssertSame(graph, cleaned, openSize: 40);
        Assert.All(cleaned.Nodes, node => Assert.NotEqual(ElementType.Undefined, cleaned.Describe(node.Outputs[0])?.ElementType));
    }

    [Fact]
    public void A_model_of_tf2onnx_is_digested_whole()
    {
        ModelGraph graph = OnnxReader.Read(Repository.Shared("models", "basic-pitch.onnx"));
        ModelGraph cleaned = FoldingTests.Clean(graph);
        Equivalence.AssertSame(graph, cleaned);

        graph.SetInputShape(graph.Inputs[0].Name, 1, 43844, 1);
        ModelGraph one = FoldingTests.Clean(graph);
        Equivalence.AssertSame(graph, one);
        Assert.DoesNotContain(one.Nodes, node => node.OpType is "Shape" or "Constant" or "Identity");
        Assert.All(one.Nodes, node => Assert.NotNull(one.Describe(node.Outputs[0])?.StaticShape));
    }

    [Fact]
    public void Control_flow_is_refused_by_the_name_of_its_node()
    {
        string path = Repository.Shared("models", "silero-vad-16k.onnx");
        GraphFormatException fault = Assert.Throws<GraphFormatException>(() => OnnxReader.Read(path));
        Assert.Contains("If '/model/decoder/If'", fault.Message);
        Assert.Contains("control flow", fault.Message);
    }

    [Fact]
    public void Cleaning_up_twice_is_cleaning_up_once()
    {
        ModelGraph once = FoldingTests.Clean(OnnxReader.Read(Repository.PathTo("tests", "golden", "attention", "encoder-layer-11.onnx")));
        ModelGraph twice = FoldingTests.Clean(once);
        Assert.Equal(once.Nodes.Select(node => $"{node.OpType} {string.Join(' ', node.Outputs)}"), twice.Nodes.Select(node => $"{node.OpType} {string.Join(' ', node.Outputs)}"));
    }

    [Fact]
    public void A_graph_of_two_thousand_nodes_stays_what_it_is()
    {
        string layer(int i) => $"c{i} = Conv v{i} ~1x1x1; b{i} = BatchNormalization c{i} ~1 ~1 ~1 ~1; r{i} = Relu b{i}; s{i} = Sigmoid r{i}; v{i + 1} = Mul r{i} s{i}; ";
        ModelGraph graph = GraphText.Parse($"v0 = Identity x; {string.Concat(Enumerable.Range(0, 400).Select(layer))}y = Tanh v400", 17, ("x", [1, 1, 3]));
        ModelGraph cleaned = FoldingTests.Clean(graph);
        Assert.Equal(4 * 400 + 1, cleaned.Nodes.Count);
    }

    private static ModelGraph Normalized()
    {
        var graph = new ModelGraph();
        graph.Inputs.Add(new ValueInfo("x", ElementType.Float32, [1, 1, "time"]));
        graph.Outputs.Add(new ValueInfo("y", ElementType.Float32, [1, 2, "time"]));
        graph.Initializers["w"] = Tensor.Of([2, 1, 1], [5f, 7f]);
        graph.Initializers["b"] = Tensor.Of([2], [1f, 2f]);
        graph.Initializers["gamma"] = Tensor.Of([2], [2f, 3f]);
        graph.Initializers["beta"] = Tensor.Of([2], [10f, 20f]);
        graph.Initializers["mean"] = Tensor.Of([2], [0.5f, 1f]);
        graph.Initializers["variance"] = Tensor.Of([2], [4f, 1f]);
        graph.Nodes.Add(new Node("Conv", ["x", "w", "b"], ["c"]));
        graph.Nodes.Add(new Node("BatchNormalization", ["c", "gamma", "beta", "mean", "variance"], ["y"]) { Attributes = { ["epsilon"] = 0f } });
        return graph;
    }
}
