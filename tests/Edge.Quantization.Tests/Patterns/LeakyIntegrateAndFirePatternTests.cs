using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Graph.Patterns;
using Edge.Quantization.Tests.Compilation;

namespace Edge.Quantization.Tests.Patterns;

public class LeakyIntegrateAndFirePatternTests
{
    [Theory]
    [InlineData(2f, 1f)]
    [InlineData(2f, 0.5f)]
    [InlineData(1.3f, 7.25f)]
    public void A_Scan_of_neurons_is_known_by_its_values_also_from_a_file(float tau, float threshold)
    {
        ModelGraph graph = OnnxReader.Read(OnnxWriter.Write(Neurons(tau, threshold)));
        Node scan = graph.Nodes.Single(node => node.OpType == "Scan");
        LeakyIntegrateAndFirePattern? found = LeakyIntegrateAndFirePattern.Find(graph, scan);
        Assert.NotNull(found);
        Assert.Equal(tau, found.Tau, 1e-5);
        Assert.Equal(threshold, found.Threshold, 1e-6);
        Assert.Equal(2, found.Axis);
        Assert.Equal(["v", "x"], scan.Graph("body")!.Inputs.Select(input => input.Name));
    }

    [Fact]
    public void Constants_around_a_body_are_taken_into_it()
    {
        ModelGraph graph = Neurons();
        ModelGraph body = graph.Nodes[0].Graph("body")!;
        graph.Initializers["threshold"] = body.Initializers["threshold"];
        body.Initializers.Remove("threshold");
        ModelGraph read = OnnxReader.Read(OnnxWriter.Write(graph));
        Assert.Equal(1, LeakyIntegrateAndFirePattern.Find(read, read.Nodes[0])!.Threshold, 1e-6);
    }

    [Fact]
    public void A_body_that_reads_a_computed_value_around_it_is_refused()
    {
        ModelGraph graph = Neurons();
        ModelGraph body = graph.Nodes[0].Graph("body")!;
        body.Nodes[1].Inputs[1] = "elsewhere";
        var fault = Assert.Throws<GraphFormatException>(() => OnnxReader.Read(OnnxWriter.Write(graph)));
        Assert.Contains("its body reads 'elsewhere' from outside, which is no constant", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reset_by_subtraction_is_refused_by_name()
    {
        ModelGraph graph = Neurons(soft: true);
        var fault = Assert.Throws<GraphFormatException>(() => LeakyIntegrateAndFirePattern.Find(graph, graph.Nodes[0]));
        Assert.Contains("its body is not v + (x - v)/tau with a threshold above 0 and a reset to 0. Of Scan, leaky integrate-and-fire neurons", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_start_other_than_zeros_is_refused()
    {
        ModelGraph graph = Neurons();
        graph.Initializers[graph.Nodes[0].Inputs[0]] = Tensor.Of([1, 4], [0f, 0, 0, 1]);
        var fault = Assert.Throws<GraphFormatException>(() => LeakyIntegrateAndFirePattern.Find(graph, graph.Nodes[0]));
        Assert.Contains("its state does not begin as a constant of zeros", fault.Message, StringComparison.Ordinal);
    }

    private static ModelGraph Neurons(float tau = 2, float threshold = 1, bool soft = false)
    {
        var sketch = new GraphSketch(1, 1, 4, "frames");
        string spikes = LmuFormerSketch.Fire(sketch, "x", 4, threshold, tau, soft);
        sketch.Graph.Outputs.Add(new ValueInfo(spikes, ElementType.Float32, [1, 4, "frames"]));
        return sketch.Graph;
    }
}
