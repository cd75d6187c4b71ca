using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Tests.Patterns;

public class SoftmaxPoolPatternTests
{
    [Theory]
    [InlineData("s = Softmax l axis:1; p = Mul x s; y = ReduceSum p [1] keepdims:0", 1, false)]
    [InlineData("s = Softmax l axis:1; p = Mul s x; y = ReduceSum p [1]", 1, true)]
    [InlineData("s = Softmax l axis:-2; p = Mul x s; y = ReduceSum p [1]", 1, true)]
    [InlineData("s = Softmax l axis:2; p = Mul x s; y = ReduceSum p [-1]", 2, true)]
    public void Values_weighted_by_the_softmax_of_their_logits_and_summed_are_a_pool(string program, int axis, bool keepsAxis)
    {
        SoftmaxPoolPattern pool = Assert.Single(SoftmaxPoolPattern.FindAll(Graph(program)));
        Assert.Equal(("x", "l", axis, keepsAxis), (pool.Values, pool.Logits, pool.Axis, pool.KeepsAxis));
        Assert.Equal(("Softmax", "Mul", "ReduceSum"), (pool.Softmax.OpType, pool.Product.OpType, pool.Sum.OpType));
    }

    [Theory]
    [InlineData("s = Softmax l axis:1; p = Mul x s; y = ReduceSum p [2]")] // another axis
    [InlineData("s = Softmax l axis:1; p = Mul x s; y = ReduceSum p [1 2]")]
    [InlineData("s = Softmax l axis:1; p = Mul x s; y = ReduceMean p [1]")]
    [InlineData("s = Softmax l axis:1; p = Add x s; y = ReduceSum p [1]")]
    [InlineData("s = Softmax l axis:1; p = Mul x s; r = ReduceSum p [1]; y = Add r s")] // the softmax is read elsewhere
    [InlineData("s = Softmax l axis:1; p = Mul x s; r = ReduceSum p [1]; y = Add r p")]
    [InlineData("s = Softmax l axis:1; p = Mul s s; y = ReduceSum p [1]")]
    [InlineData("s = Softmax l axis:1; p = Mul ~1x5x4 s; y = ReduceSum p [1]")] // a constant
    [InlineData("m = ReduceSum l [2]; s = Softmax m axis:1; p = Mul x s; y = ReduceSum p [1]")] // one logit a frame
    public void Anything_else_is_none(string program) => Assert.Empty(SoftmaxPoolPattern.FindAll(Graph(program)));

    private static ModelGraph Graph(string program)
    {
        ModelGraph graph = GraphText.Parse(program, 17, ("x", [1, 5, 4]), ("l", [1, 5, 4]));
        graph.ValueInfos["m"] = new ValueInfo("m", ElementType.Float32, [1, 5, 1]);
        return graph;
    }
}
