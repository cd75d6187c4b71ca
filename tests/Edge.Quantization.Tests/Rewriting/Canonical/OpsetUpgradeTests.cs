using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Canonical;

namespace Edge.Quantization.Tests.Rewriting.Canonical;

public class OpsetUpgradeTests
{
    [Theory]
    [InlineData(11, "y = Squeeze x axes:[0]")]
    [InlineData(11, "y = Unsqueeze x axes:[1 4]")]
    [InlineData(11, "y = ReduceSum x axes:[2] keepdims:0")]
    [InlineData(11, "y = ReduceSum x")]
    [InlineData(12, "y = ReduceMean x axes:[-1]")]
    [InlineData(13, "y = ReduceMax x axes:[1 2]")]
    [InlineData(17, "y = ReduceL2 x axes:[1]")]
    [InlineData(17, "y = ReduceMean x")]
    [InlineData(11, "y1, y2 = Split x axis:1")]
    [InlineData(11, "y1, y2 = Split x axis:1 split:[1 3]")]
    [InlineData(13, "y1, y2 = Split x [1 3] axis:1")]
    [InlineData(13, "y1, y2 = Split x axis:1")]
    [InlineData(11, "y = Softmax x")]
    [InlineData(12, "y = Softmax x axis:2")]
    [InlineData(12, "y = Softmax x axis:-1")]
    [InlineData(11, "y = LogSoftmax x axis:0")]
    [InlineData(11, "y = Hardmax x axis:1")]
    [InlineData(13, "y = Softmax x axis:1")]
    [InlineData(11, "y = Dropout x ratio:0.3")]
    [InlineData(12, "y = Dropout x 0.3")]
    [InlineData(11, "y = Pad x [0 1 0 0 2 1] 0.5")]
    [InlineData(11, "y = Slice x [0 1] [9 3] [1 2]")]
    [InlineData(11, "y = Clip x -0.5 0.25")]
    [InlineData(11, "y = BatchNormalization x ~4 ~4 ~4 ~4")]
    [InlineData(14, "y = BatchNormalization x ~4 ~4 ~4 ~4")]
    [InlineData(11, "y = HardSigmoid x alpha:0.25")]
    [InlineData(17, "y = LayerNormalization x ~6 ~6")]
    [InlineData(11, "u = Unsqueeze x axes:[0]; r = Resize u ~0 ~0 [1 1 8 12] mode:linear; y = Squeeze r axes:[0]")]
    [InlineData(13, "u = Unsqueeze x [0]; r = Resize u _ _ [1 1 8 12] mode:nearest; y = Squeeze r [0]")]
    [InlineData(11, "u = Unsqueeze x axes:[0]; y = AveragePool u kernel_shape:[2 3] pads:[0 1 0 1]")]
    [InlineData(11, "y = CumSum x 1")]
    public void An_operator_in_its_old_spelling_computes_the_same_in_opset_21(long opset, string program)
    {
        ModelGraph graph = GraphText.Parse(program, opset, ("x", [1, 4, 6]));
        MakeIntegers(graph, "CumSum");
        ModelGraph upgraded = Upgrade(graph);
        Assert.Equal(21, upgraded.OpsetVersion);
        // The kernel of AveragePool 19 sums in another order than that of 11.
        Equivalence.AssertSame(graph, upgraded, tolerance: program.Contains("AveragePool", StringComparison.Ordinal) ? 1e-6 : 0);
    }

    [Fact]
    public void Axes_that_were_attributes_become_inputs()
    {
        ModelGraph upgraded = Upgrade(GraphText.Parse("y = ReduceMean x axes:[1 2] keepdims:0", 13, ("x", [1, 4, 6])));
        Assert.Equal([1L, 2], upgraded.Constant(upgraded.Nodes[0].Input(1))!.ToLongs());
        Assert.Equal(["keepdims"], upgraded.Nodes[0].Attributes.Keys);
    }

    [Fact]
    public void A_softmax_over_several_axes_is_flattened_around_also_where_the_batch_is_open()
    {
        ModelGraph graph = GraphText.Parse("y = Softmax x", 11, ("x", ["batch", 4, 6]));
        ModelGraph upgraded = Upgrade(graph);
        Assert.Equal("Flatten Shape Softmax Reshape", upgraded.Operators());
        Equivalence.AssertSame(graph, upgraded, tolerance: 0);
    }

    [Fact]
    public void All_operators_without_a_form_in_opset_21_are_named()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = GraphText.Parse("u = Unsqueeze x axes:[0]; r = Resize u ~0 ~0 [1 1 8 12] mode:linear coordinate_transformation_mode:tf_half_pixel_for_nn", 11, ("x", [1, 4, 6]));
        graph.Nodes.Add(new Node("BatchNormalization", ["u"], ["a", "b"], "training"));

        GraphFormatException fault = Assert.Throws<GraphFormatException>(() => OpsetUpgrade.Apply(graph));

        Assert.Contains("2 node(s)", fault.Message);
        Assert.Contains("Resize 'r' of opset 11 has the coordinate mode tf_half_pixel_for_nn", fault.Message);
        Assert.Contains("BatchNormalization 'training' of opset 11 normalizes by the batch", fault.Message);
    }

    private static ModelGraph Upgrade(ModelGraph graph)
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph upgraded = graph.Clone();
        ShapeInference.Apply(upgraded);
        OpsetUpgrade.Apply(upgraded);
        return upgraded;
    }

    private static void MakeIntegers(ModelGraph graph, string operatorType)
    {
        foreach (Node node in graph.Nodes.Where(node => node.OpType == operatorType))
        {
            graph.Initializers[node.Inputs[1]] = Tensor.Of([], [1L]);
        }
    }
}
