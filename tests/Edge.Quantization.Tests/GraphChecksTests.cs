using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Canonical;

namespace Edge.Quantization.Tests;

public class GraphChecksTests
{
    [Fact]
    public void Weights_that_are_not_finite_are_named_with_their_number_and_place()
    {
        ModelGraph graph = TestGraphs.Convolution();
        float[] weights = graph.Initializers["w"].ToFloats();
        (weights[3], weights[7]) = (float.NaN, float.PositiveInfinity);
        graph.Initializers["w"] = Tensor.Of([3, 2, 3], weights);
        graph.Initializers["b"] = Tensor.Of([3], [0, 0, float.NegativeInfinity]);

        GraphFormatException fault = Assert.Throws<GraphFormatException>(graph.RequireFiniteConstants);

        Assert.Contains("2 constant(s)", fault.Message);
        Assert.Contains("'w', Float32 [3, 2, 3]: 2 of 18, the first NaN at element 3.", fault.Message);
        Assert.Contains("'b', Float32 [3]: 1 of 3, the first minus infinity at element 2.", fault.Message);
    }

    [Fact]
    public void Finite_weights_masks_and_open_bounds_pass()
    {
        ModelGraph graph = GraphText.Parse("c = Clip x low; y = Add c mask", 17, ("x", [2, 2]));
        graph.Initializers["low"] = Tensor.Scalar(float.NegativeInfinity);
        graph.Initializers["mask"] = Tensor.Of([2, 2], [0, float.NegativeInfinity, 0, 0]);
        graph.RequireFiniteConstants();
    }

    [Fact]
    public void Cleaning_up_refuses_weights_that_are_not_finite()
    {
        ModelGraph graph = TestGraphs.Convolution();
        graph.Initializers["b"] = Tensor.Of([3], [0, float.NaN, 1]);
        Assert.Contains("'b'", Assert.Throws<GraphFormatException>(() => Cleanup.Apply(graph)).Message);
    }

    [Fact]
    public void A_NaN_in_a_mask_is_a_fault()
    {
        ModelGraph graph = GraphText.Parse("y = Add x mask", 17, ("x", [2]));
        graph.Initializers["mask"] = Tensor.Of([2], [0, float.NaN]);
        Assert.Throws<GraphFormatException>(graph.RequireFiniteConstants);
    }
}
