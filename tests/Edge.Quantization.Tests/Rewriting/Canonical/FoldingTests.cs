using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Canonical;

namespace Edge.Quantization.Tests.Rewriting.Canonical;

/// <summary>Shape inference and what is computed once: ShapeInference, ShapeFolding, ConstantFolding.</summary>
public class FoldingTests
{
    [Fact]
    public void Types_and_shapes_of_all_values_are_found_with_the_symbols_that_stay_open()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = GraphText.Parse("a = MatMul x ~6x3; s = Shape a; y = Relu a", 17, ("x", [1, "time", 6]));
        ShapeInference.Apply(graph);
        Assert.Equal("a: Float32 [1, time, 3]", $"{graph.Describe("a")}");
        Assert.Equal("s: Int64 [3]", $"{graph.Describe("s")}");
        Assert.Equal("y: Float32 [1, time, 3]", $"{graph.Describe("y")}");
    }

    [Fact]
    public void Large_weights_are_not_needed_to_infer_shapes()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = GraphText.Parse("a = MatMul x ~60x30; y = Relu a", 17, ("x", [1, "time", 60]));
        ShapeInference.Apply(graph);
        Assert.Equal("y: Float32 [1, time, 30]", $"{graph.Describe("y")}");
        Assert.Single(graph.Initializers);
        Assert.Single(graph.Inputs);
    }

    [Fact]
    public void A_graph_that_ONNX_Runtime_refuses_is_a_fault_with_its_reason()
    {
        TestGraphs.RequireOnnxRuntime();
        GraphFormatException fault = Assert.Throws<GraphFormatException>(() => ShapeInference.Apply(GraphText.Parse("y = Convolve x", 17, ("x", [1]))));
        Assert.Contains("Convolve", fault.Message);
    }

    [Theory]
    [InlineData("s = Shape x; g = Gather s [2]; r = Mul g [2]; c = Concat [1] [-1] g axis:0; y = Reshape x c", "Reshape", "batch")]
    [InlineData("s = Shape x; b = Gather s [0]; c = Concat b [-1] axis:0; y = Reshape x c", "Reshape", "batch")]
    [InlineData("s = Shape x; h = Slice s [1] [3]; c = Concat [-1] h axis:0; r = Reshape x c; y = Relu r", "Relu", "batch")]
    [InlineData("t = Transpose ~4x6 perm:[1 0]; n = Neg t; a = MatMul x n; y = Relu a", "MatMul Relu", "batch")]
    [InlineData("s = Shape x start:1; z = ConstantOfShape s; y = Add x z", "Add", "batch")]
    [InlineData("s = Size x; c = Cast s to:1; y = Div x c", "Div", "")]
    public void What_is_known_is_computed_once_and_the_result_stays_the_same(string program, string operators, string batch)
    {
        ModelGraph graph = GraphText.Parse(program, 17, ("x", [batch.Length > 0 ? batch : 1, 4, 6]));
        ModelGraph cleaned = Clean(graph);
        Assert.Equal(operators, cleaned.Operators());
        Equivalence.AssertSame(graph, cleaned);
    }

    [Fact]
    public void Shapes_that_depend_on_two_open_dimensions_become_constant_by_copying_them()
    {
        ModelGraph graph = GraphText.Parse(
            "s = Shape x; b = Gather s [0]; t = Gather s [1]; c = Concat b t [2] [3] axis:0; r = Reshape x c; y = Relu r", 17, ("x", ["batch", "time", 6]));
        ModelGraph cleaned = Clean(graph);
        Equivalence.AssertSame(graph, cleaned);
        Assert.Equal("Reshape Relu", cleaned.Operators());
    }

    [Fact]
    public void An_open_dimension_that_a_stride_left_without_a_name_is_copied_too()
    {
        ModelGraph graph = GraphText.Parse(
            "p = MaxPool x kernel_shape:[2] strides:[2]; t = Transpose p perm:[0 2 1]; s = Shape t; h = Slice s [0] [2]; c = Concat h [2] [-1] axis:0; r = Reshape t c; y = Relu r",
            17, ("x", [1, 4, "time"]));
        ModelGraph cleaned = Clean(graph);
        Equivalence.AssertSame(graph, cleaned);
        Assert.Equal("MaxPool Transpose Reshape Relu", cleaned.Operators());
    }

    [Fact]
    public void Several_times_an_open_dimension_is_not_that_dimension()
    {
        ModelGraph graph = GraphText.Parse("r = Reshape x [1 -1 3]; y = Relu r", 17, ("x", [1, "time", 6]));
        ModelGraph cleaned = Clean(graph);
        Assert.Equal("Reshape Relu", cleaned.Operators());
        Equivalence.AssertSame(graph, cleaned);
    }

    [Fact]
    public void A_result_much_larger_than_what_it_is_made_of_stays_computed()
    {
        ModelGraph graph = GraphText.Parse("e = Expand 2 [1000 1000]; y = MatMul x e", 17, ("x", [1, 1000]));
        Assert.Equal("Expand MatMul", Clean(graph).Operators());
    }

    [Fact]
    public void Random_numbers_and_quantized_weights_are_not_folded()
    {
        ModelGraph graph = GraphText.Parse("r = RandomNormal shape:[4 6]; d = DequantizeLinear w 0.5; m = Add d r; y = Add x m", 17, ("x", [1, 4, 6]));
        graph.Initializers["w"] = Tensor.Of([4, 6], new sbyte[24]);
        Assert.Equal("RandomNormal DequantizeLinear Add Add", Clean(graph).Operators());
    }

    [Fact]
    public void Every_form_of_a_Constant_node_becomes_an_initializer()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = GraphText.Parse("y = Add x x", 17, ("x", [1]));
        graph.Nodes.Insert(0, new Node("Constant", [], ["a"]) { Attributes = { ["value_float"] = 2f } });
        graph.Nodes.Insert(1, new Node("Constant", [], ["b"]) { Attributes = { ["value_floats"] = new[] { 1f, 2 } } });
        graph.Nodes.Insert(2, new Node("Constant", [], ["c"]) { Attributes = { ["value_int"] = 3 } });
        graph.Nodes.Insert(3, new Node("Constant", [], ["d"]) { Attributes = { ["value_ints"] = new[] { 4L, 5 } } });
        graph.Nodes.Insert(4, new Node("Constant", [], ["e"]) { Attributes = { ["value"] = Tensor.Scalar(6) } });

        ConstantNodes.Apply(graph);

        Assert.Equal("Add", graph.Operators());
        Assert.Equal(["2", "1 2", "3", "4 5", "6"], "abcde".Select(name => string.Join(' ', graph.Initializers[$"{name}"].ToFloats())));
        Assert.Empty(graph.Initializers["a"].Dims.ToArray());
    }

    [Fact]
    public void A_Constant_of_text_is_refused_by_name()
    {
        ModelGraph graph = GraphText.Parse("c = Constant value_string:hello; y = Neg x", 17, ("x", [1]));
        Assert.Contains("value_string", Assert.Throws<GraphFormatException>(() => ConstantNodes.Apply(graph)).Message);
    }

    internal static ModelGraph Clean(ModelGraph graph)
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph cleaned = graph.Clone();
        Cleanup.Apply(cleaned);
        return cleaned;
    }
}
