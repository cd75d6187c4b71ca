using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Canonical;

namespace Edge.Quantization.Tests;

public class InputShapesTests
{
    [Fact]
    public void A_shape_replaces_the_symbols_everywhere()
    {
        ModelGraph graph = GraphText.Parse("y = Add x z", 17, ("x", ["batch", "time", 6]), ("z", ["batch", "time", 6]));
        graph.Outputs[0] = new ValueInfo("y", ElementType.Float32, ["batch", "time", 6]);
        graph.SetInputShape("x", 1, 100, 6);
        Assert.Equal([1L, 100, 6], graph.Inputs[0].StaticShape!);
        Assert.Equal([1L, 100, 6], graph.Inputs[1].StaticShape!);
        Assert.Equal([1L, 100, 6], graph.Outputs[0].StaticShape!);
    }

    [Theory]
    [InlineData("w", new long[] { 1, 2, 6 }, "no input 'w'")]
    [InlineData("x", new long[] { 1, 2 }, "does not fit")]
    [InlineData("x", new long[] { 1, 2, 7 }, "does not fit")]
    [InlineData("x", new long[] { 1, 0, 6 }, "does not fit")]
    [InlineData("x", new long[] { 1, -1, 6 }, "does not fit")]
    public void A_shape_that_does_not_fit_is_refused_with_what_the_input_declares(string name, long[] dims, string problem)
    {
        ModelGraph graph = GraphText.Parse("y = Neg x", 17, ("x", ["batch", "time", 6]));
        ArgumentException fault = Assert.Throws<ArgumentException>(() => graph.SetInputShape(name, dims));
        Assert.Contains(problem, fault.Message);
        Assert.Contains("[batch, time, 6]", fault.Message);
    }

    [Fact]
    public void One_symbol_cannot_be_two_numbers()
    {
        ModelGraph graph = GraphText.Parse("y = Neg x", 17, ("x", ["n", "n"]));
        Assert.Contains("'n'", Assert.Throws<ArgumentException>(() => graph.SetInputShape("x", 1, 2)).Message);
    }

    [Fact]
    public void A_graph_that_computes_shapes_names_the_open_input_and_how_to_close_it()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = GraphText.Parse("s = Shape x start:1 end:2; r = Range 0 5 1; z = ConstantOfShape s; y = Add x z", 17, ("x", ["batch", "time", "time"]));
        Cleanup.Apply(graph);
        GraphFormatException fault = Assert.Throws<GraphFormatException>(graph.RequireFixedShapes);
        Assert.Contains("input 'x'", fault.Message);
        Assert.Contains("--input-shape x=1,100,100", fault.Message);

        graph.SetInputShape("x", 1, 8, 8);
        Cleanup.Apply(graph);
        graph.RequireFixedShapes();
        Assert.Equal("Add", graph.Operators());
    }

    [Fact]
    public void An_open_time_that_no_shape_depends_on_is_no_fault()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = GraphText.Parse("y = MatMul x ~6x3", 17, ("x", [1, "time", 6]));
        Cleanup.Apply(graph);
        graph.RequireFixedShapes();
    }
}
