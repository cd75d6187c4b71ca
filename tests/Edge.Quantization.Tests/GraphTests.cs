using Edge.Quantization.Graph;

namespace Edge.Quantization.Tests;

public class GraphTests
{
    [Fact]
    public void Producer_and_consumers_are_found_by_value_name()
    {
        ModelGraph graph = TestGraphs.Convolution();
        Assert.Equal("Conv", graph.ProducerOf("conv")!.OpType);
        Assert.Equal("Relu", Assert.Single(graph.ConsumersOf("conv")).OpType);
        Assert.Null(graph.ProducerOf("x"));
        Assert.Null(graph.ProducerOf(""));
        Assert.Empty(graph.ConsumersOf("y"));
        Assert.Empty(graph.ConsumersOf(""));
    }

    [Fact]
    public void A_constant_is_found_as_initializer_and_as_output_of_a_Constant_node()
    {
        ModelGraph graph = TestGraphs.Convolution();
        graph.Nodes.Add(new Node("Constant", [], ["k"]) { Attributes = { ["value"] = Tensor.Scalar(2) } });
        Assert.Equal([0.5f, -0.25f, 0], graph.Constant("b")!.ToFloats());
        Assert.Equal([2f], graph.Constant("k")!.ToFloats());
        Assert.Null(graph.Constant("x"));
        Assert.Null(graph.Constant(null));
    }

    [Fact]
    public void Replacing_uses_changes_every_reader_and_no_writer()
    {
        ModelGraph graph = TestGraphs.Convolution();
        Assert.Equal(1, graph.ReplaceUses("conv", "x"));
        Assert.Equal(["x"], graph.Nodes[1].Inputs);
        Assert.Equal(["conv"], graph.Nodes[0].Outputs);
    }

    [Fact]
    public void Bypassing_a_node_in_the_middle_joins_its_neighbours()
    {
        ModelGraph graph = TestGraphs.Convolution();
        graph.Bypass(graph.Nodes[1]);
        Assert.Equal(["Conv", "ReduceMean"], graph.Nodes.Select(node => node.OpType));
        Assert.Equal(["conv"], graph.Nodes[1].Inputs);
    }

    [Fact]
    public void Bypassing_the_last_node_keeps_the_output_name()
    {
        ModelGraph graph = TestGraphs.Convolution();
        graph.Bypass(graph.Nodes[2]);
        Assert.Equal(["y"], graph.Nodes[1].Outputs);
        Assert.Equal("Relu", graph.ProducerOf("y")!.OpType);
    }

    [Fact]
    public void Bypassing_a_node_from_input_to_output_is_refused()
    {
        var graph = new ModelGraph
        {
            Inputs = { new ValueInfo("x", ElementType.Float32, [1]) },
            Outputs = { new ValueInfo("y", ElementType.Float32, [1]) },
            Nodes = { new Node("Identity", ["x"], ["y"]) },
        };
        Assert.Throws<ArgumentException>(() => graph.Bypass(graph.Nodes[0]));
        Assert.Single(graph.Nodes);
    }

    [Fact]
    public void Dead_nodes_go_with_their_constants_and_value_infos()
    {
        ModelGraph graph = TestGraphs.Convolution();
        graph.Initializers["unused"] = Tensor.Scalar(1);
        graph.ValueInfos["d2"] = new ValueInfo("d2", ElementType.Float32, null);
        graph.Nodes.Add(new Node("Neg", ["relu"], ["d1"]));
        graph.Nodes.Add(new Node("Add", ["d1", "unused"], ["d2"]));
        Assert.Equal(2, graph.RemoveDeadNodes());
        Assert.Equal(["Conv", "Relu", "ReduceMean"], graph.Nodes.Select(node => node.OpType));
        Assert.Equal(["b", "w"], graph.Initializers.Keys.Order());
        Assert.Empty(graph.ValueInfos);
    }

    [Fact]
    public void Sorting_puts_readers_behind_writers_and_leaves_a_sorted_graph_alone()
    {
        ModelGraph graph = TestGraphs.Convolution();
        graph.Nodes.Reverse();
        graph.SortTopologically();
        Assert.Equal(["c1", "r1", "m1"], graph.Nodes.Select(node => node.Name));
        graph.Nodes.Add(new Node("Neg", ["x"], ["n"], "n1"));
        graph.SortTopologically();
        Assert.Equal(["c1", "r1", "m1", "n1"], graph.Nodes.Select(node => node.Name));
    }

    [Fact]
    public void A_cycle_is_refused_by_name()
    {
        ModelGraph graph = TestGraphs.Convolution();
        graph.Nodes[0].Inputs[0] = "relu";
        Assert.Contains("'c1'", Assert.Throws<GraphFormatException>(() => graph.SortTopologically()).Message);
    }

    [Fact]
    public void A_value_that_nobody_makes_is_refused_with_its_reader()
    {
        ModelGraph graph = TestGraphs.Convolution();
        graph.Nodes[1].Inputs[0] = "nowhere";
        GraphFormatException fault = Assert.Throws<GraphFormatException>(() => graph.SortTopologically());
        Assert.Contains("Relu 'r1'", fault.Place);
        Assert.Contains("'nowhere'", fault.Message);
    }

    [Fact]
    public void A_value_made_twice_is_refused()
    {
        ModelGraph graph = TestGraphs.Convolution();
        graph.Nodes.Add(new Node("Neg", ["x"], ["relu"]));
        Assert.Contains("'relu'", Assert.Throws<GraphFormatException>(() => graph.SortTopologically()).Message);
    }

    [Fact]
    public void A_unique_name_avoids_inputs_constants_and_values()
    {
        ModelGraph graph = TestGraphs.Convolution();
        Assert.Equal(["x_1", "w_1", "conv_1", "free"], new[] { "x", "w", "conv", "free" }.Select(graph.UniqueName));
    }

    [Fact]
    public void A_clone_can_change_without_the_original()
    {
        ModelGraph graph = TestGraphs.Convolution();
        ModelGraph clone = graph.Clone();
        clone.Nodes[0].Inputs[0] = "other";
        clone.Nodes[0].Attributes.Clear();
        clone.Initializers.Clear();
        clone.OpsetVersion = 13;
        Assert.Equal("x", graph.Nodes[0].Inputs[0]);
        Assert.Equal(3, graph.Nodes[0].Attributes.Count);
        Assert.Equal(2, graph.Initializers.Count);
        Assert.Equal(17, graph.OpsetVersion);
        Assert.Equal("a,b,c", clone.Metadata["labels"]);
    }

    [Fact]
    public void Attributes_give_their_value_or_the_fallback_and_refuse_another_kind()
    {
        Node node = TestGraphs.Convolution().Nodes[0];
        Assert.Equal([1L, 1], node.Ints("pads"));
        Assert.Equal([2L], node.Ints("strides", 2));
        Assert.Equal("NOTSET", node.String("auto_pad", ""));
        Assert.Equal(7, node.Int("group", 7));
        Assert.Equal(0.5f, node.Float("alpha", 0.5f));
        Assert.Null(node.Tensor("value"));
        Assert.Contains("'c1'", Assert.Throws<GraphFormatException>(() => node.Int("pads", 0)).Message);
    }

    [Fact]
    public void Absent_optional_inputs_are_null()
    {
        var node = new Node("Clip", ["x", "", "max"], ["y"]);
        Assert.Equal(["x", null, "max", null], new[] { 0, 1, 2, 3 }.Select(node.Input));
    }
}
