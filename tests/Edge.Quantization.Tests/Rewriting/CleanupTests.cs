using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting;

namespace Edge.Quantization.Tests.Rewriting;

public class CleanupTests
{
    [Fact]
    public void Batch_normalization_goes_into_the_convolution_before_it()
    {
        ModelGraph graph = Normalized();

        Cleanup.Apply(graph);

        Node convolution = Assert.Single(graph.Nodes);
        Assert.Equal("y", convolution.Outputs[0]);
        // γ/√(σ² + ε) = 2/√4 = 1 and 3/√1 = 3; bias (b − μ)·factor + β.
        Assert.Equal([5f, 21f], graph.Initializers[convolution.Inputs[1]].ToFloats());
        Assert.Equal([(1 - 0.5f) * 1 + 10, (2 - 1f) * 3 + 20], graph.Initializers[convolution.Inputs[2]].ToFloats());
    }

    [Fact]
    public void Batch_normalization_of_a_value_that_others_read_stays()
    {
        ModelGraph graph = Normalized();
        graph.Outputs.Add(new ValueInfo("c", ElementType.Float32, null));

        Cleanup.Apply(graph);

        Assert.Contains(graph.Nodes, n => n.OpType == "BatchNormalization");
    }

    [Fact]
    public void Constants_become_initializers_and_nodes_that_change_nothing_go()
    {
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
