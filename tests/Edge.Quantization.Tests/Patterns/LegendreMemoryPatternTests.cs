using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;
using Edge.Quantization.Tests.Compilation;

namespace Edge.Quantization.Tests.Patterns;

public class LegendreMemoryPatternTests
{
    [Theory]
    [InlineData(8, 128, 128)]
    [InlineData(32, 64, 128)]
    [InlineData(20, 37.5, 50)]
    [InlineData(3, 400, 64)]
    public void A_convolution_with_the_impulse_response_is_the_memory_and_its_length_is_found(int order, double theta, int taps)
    {
        ModelGraph graph = Convolution(LmuFormerSketch.Kernel(LegendreMemoryDesign.Create(order, theta), taps));
        LegendreMemoryPattern? found = LegendreMemoryPattern.Find(graph, graph.Nodes[0]);
        Assert.NotNull(found);
        Assert.Equal(theta, found.Design.Theta, 2);
        Assert.Equal((order, taps), (found.Design.Order, found.Taps));
        Assert.Same(found, LegendreMemoryPattern.Find(graph, graph.Nodes[0]));
    }

    [Fact]
    public void Another_kernel_is_an_ordinary_convolution()
    {
        Tensor kernel = LmuFormerSketch.Kernel(LegendreMemoryDesign.Create(8, 64), 64);
        float[] values = kernel.ToFloats();
        float[][] others =
        [
            [.. values.Reverse()],
            [.. values.Select((value, i) => i == 100 ? value + 0.01f : value)],
            [.. values.Select((value, i) => i / 64 == 5 ? -value : value)],
            new float[values.Length],
        ];
        Assert.All(others, other =>
        {
            ModelGraph graph = Convolution(Tensor.Of(kernel.Dims, other));
            Assert.Null(LegendreMemoryPattern.Find(graph, graph.Nodes[0]));
        });
    }

    [Fact]
    public void A_kernel_that_is_padded_otherwise_is_an_ordinary_convolution()
    {
        ModelGraph graph = Convolution(LmuFormerSketch.Kernel(LegendreMemoryDesign.Create(8, 64), 64));
        graph.Nodes[0].Attributes["pads"] = new long[] { 31, 32 };
        Assert.Null(LegendreMemoryPattern.Find(graph, graph.Nodes[0]));
    }

    private static ModelGraph Convolution(Tensor kernel)
    {
        var graph = new ModelGraph();
        graph.Inputs.Add(new ValueInfo("u", ElementType.Float32, [1, 1, "frames"]));
        graph.Initializers["kernel"] = kernel;
        graph.Nodes.Add(new Node("Conv", ["u", "kernel"], ["m"]) { Attributes = { ["pads"] = new long[] { kernel.Dims[2] - 1, 0 } } });
        return graph;
    }
}
