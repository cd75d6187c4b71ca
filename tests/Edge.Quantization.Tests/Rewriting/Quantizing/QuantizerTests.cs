using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Quantization.Tests.Rewriting.Quantizing;

public class QuantizerTests
{
    [Theory]
    [InlineData(-1f, 1f, 0)]       // 2/255 a step
    [InlineData(0f, 6f, -128)]
    [InlineData(2f, 6f, -128)]     // widened to hold 0
    [InlineData(-3f, -1f, 127)]
    public void A_range_becomes_a_scale_and_a_zero_point_that_hold_zero_exactly(float min, float max, int zeroPoint)
    {
        QuantizationParameters parameters = QuantizationParameters.Asymmetric(min, max);

        Assert.Equal((Math.Max(max, 0) - Math.Min(min, 0)) / 255.0, parameters.Scale, 6);
        Assert.InRange(parameters.ZeroPoint, zeroPoint - 1, zeroPoint + 1);
        Assert.Equal(0, parameters.Dequantize(parameters.Quantize(0)));
    }

    [Fact]
    public void An_empty_range_gets_a_harmless_scale() => Assert.Equal(new QuantizationParameters(1, 0), QuantizationParameters.Asymmetric(0, 0));

    [Fact]
    public void Weights_are_symmetric_per_channel_and_the_bias_has_the_scale_of_the_products()
    {
        ModelGraph quantized = Quantizer.Apply(OneLayer(), Ranges());

        Node convolution = quantized.Nodes.Single(n => n.OpType == "Conv");
        Node weights = quantized.ProducerOf(convolution.Inputs[1])!;
        Node bias = quantized.ProducerOf(convolution.Inputs[2])!;
        float[] scales = quantized.Initializers[weights.Inputs[1]].ToFloats();
        float inputScale = quantized.Initializers["x.scale"].ToFloats()[0];
        Assert.Equal([1f / 127, 0.5f / 127], scales);
        Assert.Equal<sbyte>([127, -64, 127, 0], quantized.Initializers[weights.Inputs[0]].ToSBytes());
        Assert.Equal([inputScale * scales[0], inputScale * scales[1]], quantized.Initializers[bias.Inputs[1]].ToFloats());
        Assert.Equal((int)Math.Round(0.25 / (inputScale * (double)scales[0])), quantized.Initializers[bias.Inputs[0]].ToInts()[0]);
    }

    [Fact]
    public void A_rectified_layer_is_quantized_behind_the_ReLU_only()
    {
        ModelGraph quantized = Quantizer.Apply(OneLayer(), Ranges());

        Assert.Equal(["Relu"], quantized.ConsumersOf("sum").Select(n => n.OpType));
        Assert.Equal(2, quantized.Nodes.Count(n => n.OpType == "QuantizeLinear")); // the input and the ReLU's output
        Assert.Equal("y", quantized.Nodes[^1].Outputs[0]);
    }

    [Fact]
    public void A_value_that_calibration_never_saw_is_named()
    {
        var error = Assert.Throws<GraphFormatException>(() => Quantizer.Apply(OneLayer(), new Dictionary<string, (float, float)> { ["x"] = (0, 1) }));

        Assert.Contains("'y'", error.Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, (float Min, float Max)> Ranges() => new() { ["x"] = (-2, 2), ["sum"] = (-3, 3), ["y"] = (0, 3) };

    private static ModelGraph OneLayer()
    {
        var graph = new ModelGraph();
        graph.Inputs.Add(new ValueInfo("x", ElementType.Float32, [1, 2, "time"]));
        graph.Outputs.Add(new ValueInfo("y", ElementType.Float32, [1, 2, "time"]));
        graph.Initializers["w"] = Tensor.Of([2, 2, 1], [1f, -0.5f, 0.5f, 0f]);
        graph.Initializers["b"] = Tensor.Of([2], [0.25f, 0f]);
        graph.Nodes.Add(new Node("Conv", ["x", "w", "b"], ["sum"]));
        graph.Nodes.Add(new Node("Relu", ["sum"], ["y"]));
        return graph;
    }
}
