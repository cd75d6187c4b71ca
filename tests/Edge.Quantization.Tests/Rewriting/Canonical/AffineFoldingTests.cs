using Edge.Quantization.Graph;

namespace Edge.Quantization.Tests.Rewriting.Canonical;

public class AffineFoldingTests
{
    [Theory]
    [InlineData("Conv", "c = Conv x ~3x4x2; y = BatchNormalization c ~3 ~3 ~3 ~3")]
    [InlineData("Conv", "c = Conv x ~4x1x3 ~4 group:4 pads:[1 1]; y = BatchNormalization c ~4 ~4 ~4 ~4")]
    [InlineData("Conv", "c = Conv x ~3x4x2; m = Mul c ~3x1; y = Add ~1x3x1 m")]
    [InlineData("Conv", "c = Conv x ~3x4x2 ~3; m = Div c ~3x1; s = Sub m ~3x1; y = Sub 1 s")]
    [InlineData("Conv", "c = Conv x ~3x4x2; m = Mul c 2; y = Add m 0.5")]
    [InlineData("Conv Mul", "c = Conv x ~6x4x1; y = Mul c ~6")]
    [InlineData("Conv Div", "c = Conv x ~3x4x1; y = Div 2 c")]
    [InlineData("MatMul Add", "m = MatMul x ~6x5; a = Add m ~5; b = Mul a ~5; y = Add b ~1x1x5")]
    [InlineData("MatMul Add", "m = MatMul x ~6x5; y = Add m 2")]
    [InlineData("MatMul Add", "m = MatMul x ~6x5; b = Mul m 3; y = Add b ~1x5")]
    [InlineData("MatMul", "m = MatMul x ~6x5; y = Mul m ~5")]
    [InlineData("MatMul Conv", "m = MatMul x ~6x5; y = BatchNormalization m ~4 ~4 ~4 ~4")]
    [InlineData("Squeeze Gemm", "s = Squeeze x [0]; g = Gemm s ~5x6 ~5 transB:1 alpha:0.5 beta:2.0; y = BatchNormalization g ~5 ~5 ~5 ~5")]
    [InlineData("Squeeze Gemm", "s = Squeeze x [0]; g = Gemm s ~6x5 ~1x5; m = Mul g ~5; y = Add m ~1x5")]
    [InlineData("Conv", "b = BatchNormalization x ~4 ~4 ~4 ~4; y = Conv b ~3x4x2 ~3")]
    [InlineData("Conv", "b = BatchNormalization x ~4 ~4 ~4 ~4; y = Conv b ~4x2x2 group:2")]
    [InlineData("Conv Conv", "b = BatchNormalization x ~4 ~4 ~4 ~4; y = Conv b ~3x4x2 pads:[1 0]")]
    [InlineData("Conv", "c = Conv x ~3x4x2; y = Neg c")]
    [InlineData("Conv Mul Neg", "c = Conv x ~3x4x2; y1 = Mul c 2; y2 = Neg c")]
    public void Scales_and_offsets_of_channels_go_into_the_layer(string operators, string program)
    {
        ModelGraph graph = GraphText.Parse(program, 14, ("x", [1, 4, 6]));
        ModelGraph cleaned = FoldingTests.Clean(graph);
        Assert.Equal(operators, cleaned.Operators());
        Equivalence.AssertSame(graph, cleaned);
    }

    [Fact]
    public void The_bias_behind_a_MatMul_is_a_vector_of_its_channels()
    {
        ModelGraph cleaned = FoldingTests.Clean(GraphText.Parse("m = MatMul x ~6x5; y = Add m ~1x1x5", 14, ("x", [1, 4, 6])));
        Assert.Equal([5], cleaned.Nodes[1].Inputs.Select(cleaned.Constant).Single(constant => constant is not null)!.Dims.ToArray());
    }

    [Fact]
    public void A_Gemm_has_neither_alpha_nor_beta()
    {
        ModelGraph cleaned = FoldingTests.Clean(GraphText.Parse("y = Gemm x ~5x6 ~1x5 transB:1 alpha:0.5 beta:2.0", 14, ("x", [4, 6])));
        Assert.Equal(["transB"], cleaned.Nodes[0].Attributes.Keys);
        Assert.Equal([5], cleaned.Constant(cleaned.Nodes[0].Inputs[2])!.Dims.ToArray());
    }

    [Fact]
    public void Weights_that_two_layers_share_are_scaled_for_one_of_them()
    {
        ModelGraph graph = GraphText.Parse("a = Conv x w; b = Conv x w; y1 = Mul a 3; y2 = Relu b", 14, ("x", [1, 4, 6]));
        graph.Initializers["w"] = Tensor.Of([1, 4, 1], [1f, 2, 3, 4]);
        ModelGraph cleaned = FoldingTests.Clean(graph);
        Assert.Equal("Conv Conv Relu", cleaned.Operators());
        Equivalence.AssertSame(graph, cleaned);
    }
}
