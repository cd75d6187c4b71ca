using Edge.Quantization.Graph;

namespace Edge.Quantization.Tests.Rewriting.Canonical;

/// <summary>Layer normalization and activation functions that exporters write as several nodes.</summary>
public class RecognitionTests
{
    private const string Moments = "m = ReduceMean x axes:[-1]; d = Sub x m; p = Pow d 2; v = ReduceMean p axes:[-1]; e = Add v 0.001; s = Sqrt e; ";

    [Theory]
    [InlineData("PyTorch", Moments + "n = Div d s; g = Mul n ~6; y = Add g ~6")]
    [InlineData("constants in front", Moments + "n = Div d s; g = Mul ~6 n; y = Add ~6 g")]
    [InlineData("two differences", "m = ReduceMean x axes:[2]; d = Sub x m; c = Sub x m; p = Mul c c; v = ReduceMean p axes:[2]; e = Add 0.001 v; s = Sqrt e; n = Div d s; g = Mul n ~1x1x6; y = Add g ~1x1x6")]
    [InlineData("no parameters", Moments + "y = Div d s")]
    [InlineData("scale alone", Moments + "n = Div d s; y = Mul n ~6")]
    [InlineData("reciprocal", Moments + "r = Reciprocal s; n = Mul d r; g = Mul n ~6; y = Add g ~6")]
    [InlineData("tf2onnx", Moments + "r = Reciprocal s; g = Mul r ~6; a = Mul x g; b = Mul m g; c = Sub ~6 b; y = Add a c")]
    [InlineData("tf2onnx, no scale", Moments + "r = Reciprocal s; a = Mul x r; b = Mul m r; c = Sub ~6 b; y = Add a c")]
    [InlineData("two axes", "m = ReduceMean x axes:[-2 -1]; d = Sub x m; p = Pow d 2; v = ReduceMean p axes:[-2 -1]; e = Add v 0.001; s = Sqrt e; n = Div d s; g = Mul n ~4x6; y = Add g ~4x6")]
    public void Layer_normalization_is_one_node(string form, string program)
    {
        ModelGraph graph = GraphText.Parse(program, 13, ("x", [1, 4, 6]));
        ModelGraph cleaned = FoldingTests.Clean(graph);
        Assert.True(cleaned.Operators() == "LayerNormalization", $"{form}: {cleaned.Operators()}");
        Assert.Equal(0.001f, cleaned.Nodes[0].Float("epsilon", 0));
        Equivalence.AssertSame(graph, cleaned);
    }

    [Theory]
    [InlineData("over another axis", "m = ReduceMean x axes:[1]; d = Sub x m; p = Pow d 2; v = ReduceMean p axes:[1]; e = Add v 0.001; s = Sqrt e; y = Div d s")]
    [InlineData("two means", "m = ReduceMean x axes:[-1]; d = Sub x m; n = ReduceMean x axes:[1]; c = Sub x n; p = Pow c 2; v = ReduceMean p axes:[-1]; e = Add v 0.001; s = Sqrt e; y = Div d s")]
    [InlineData("variance over another axis", "m = ReduceMean x axes:[-1]; d = Sub x m; p = Pow d 2; v = ReduceMean p axes:[1]; e = Add v 0.001; s = Sqrt e; y = Div d s")]
    [InlineData("no square", "m = ReduceMean x axes:[-1]; d = Sub x m; p = Pow d 4; v = ReduceMean p axes:[-1]; e = Add v 0.001; s = Sqrt e; y = Div d s")]
    [InlineData("parameters along time", Moments + "n = Div d s; y = Mul n ~4x1")]
    public void What_only_looks_like_layer_normalization_computes_the_same(string form, string program)
    {
        ModelGraph graph = GraphText.Parse(program, 13, ("x", [1, 4, 6]));
        ModelGraph cleaned = FoldingTests.Clean(graph);
        Equivalence.AssertSame(graph, cleaned);
        Assert.True(!cleaned.Operators().Contains("LayerNorm") || form == "parameters along time", form);
    }

    [Fact]
    public void A_mean_that_is_read_elsewhere_stays_beside_the_layer_normalization()
    {
        ModelGraph graph = GraphText.Parse(Moments + "y1 = Div d s; y2 = Neg m", 13, ("x", [1, 4, 6]));
        ModelGraph cleaned = FoldingTests.Clean(graph);
        Assert.Equal("ReduceMean LayerNormalization Neg", cleaned.Operators());
        Equivalence.AssertSame(graph, cleaned);
    }

    [Theory]
    [InlineData("Gelu", "a = Div x 1.4142135; b = Erf a; c = Add b 1; d = Mul x c; y = Mul d 0.5")]
    [InlineData("Gelu", "p = Pow x 3; q = Mul p 0.044715; r = Add x q; s = Mul r 0.7978846; t = Tanh s; u = Add t 1; v = Mul x u; y = Mul v 0.5")]
    [InlineData("HardSwish", "a = Add x 3; b = Clip a 0 6; c = Mul x b; y = Div c 6")]
    [InlineData("HardSwish", "a = HardSigmoid x alpha:0.16666667; y = Mul x a")]
    [InlineData("HardSigmoid", "a = Add x 3; b = Clip a 0 6; y = Div b 6")]
    [InlineData("Mish", "a = Softplus x; b = Tanh a; y = Mul x b")]
    [InlineData("Sigmoid Mul", "s = Sigmoid x; y = Mul x s")]
    [InlineData("Gelu Mul", "a = Div x 1.4142135; b = Erf a; c = Add b 1; d = Mul x c; e = Mul d 0.5; y = Mul e 3")]
    public void An_activation_function_is_one_node_in_every_spelling(string operators, string program)
    {
        ModelGraph graph = GraphText.Parse(program, 14, ("x", [1, 4, 6]));
        ModelGraph cleaned = FoldingTests.Clean(graph);
        Assert.Equal(operators, cleaned.Operators());
        Equivalence.AssertSame(graph, cleaned);
    }

    [Fact]
    public void The_two_forms_of_GELU_are_told_apart()
    {
        ModelGraph exact = FoldingTests.Clean(GraphText.Parse("a = Div x 1.4142135; b = Erf a; c = Add b 1; d = Mul x c; y = Mul d 0.5", 14, ("x", [2])));
        ModelGraph tanh = FoldingTests.Clean(GraphText.Parse(
            "p = Pow x 3; q = Mul p 0.044715; r = Add x q; s = Mul r 0.7978846; t = Tanh s; u = Add t 1; v = Mul x u; y = Mul v 0.5", 14, ("x", [2])));
        Assert.Equal("none", exact.Nodes[0].String("approximate", "none"));
        Assert.Equal("tanh", tanh.Nodes[0].String("approximate", "none"));
    }
}
