using Edge.Quantization.Graph;

namespace Edge.Quantization.Tests.Rewriting.Canonical;

public class RedundantNodesTests
{
    [Theory]
    [InlineData("Relu", "a = Identity x; b = Cast a to:1; c = Relu b; y = Identity c")]
    [InlineData("Relu", "a = Dropout x 0.5; y = Relu a")]
    [InlineData("Relu", "t = Transpose x perm:[0 2 1]; u = Transpose t perm:[0 2 1]; y = Relu u")]
    [InlineData("Transpose Relu", "t = Transpose x perm:[2 0 1]; u = Transpose t perm:[0 2 1]; y = Relu u")]
    [InlineData("Relu", "a = Reshape x [1 -1 6]; y = Relu a")]
    [InlineData("Relu", "a = Reshape x [4 6]; b = Reshape a [1 4 6]; y = Relu b")]
    [InlineData("Reshape Relu", "a = Reshape x [24]; b = Reshape a [2 12]; y = Relu b")]
    [InlineData("Relu", "a = Unsqueeze x [0]; b = Squeeze a [0]; y = Relu b")]
    [InlineData("Relu", "a = Slice x [0] [9] [1]; y = Relu a")]
    [InlineData("Slice Relu", "a = Slice x [-1] [-9] [1] [-1]; y = Relu a")]
    [InlineData("Relu", "a = Pad x [0 0 0 0 0 0]; y = Relu a")]
    [InlineData("Pad Relu", "a = Pad x [0 1 0 0 0 0]; y = Relu a")]
    [InlineData("Relu", "a = Expand x [1 4 6]; b = Mul a 1; c = Add b 0; d = Concat c axis:1; y = Relu d")]
    [InlineData("Expand Relu", "a = Expand x [3 4 6]; y = Relu a")]
    [InlineData("Identity", "y = Identity x")]
    [InlineData("Relu Identity", "y1 = Relu x; y2 = Identity y1")]
    [InlineData("Squeeze Relu", "a = Reshape x [4 6]; y = Relu a")]
    [InlineData("Unsqueeze Relu", "a = Reshape x [1 4 1 6]; y = Relu a")]
    public void Nodes_that_change_nothing_go_and_the_others_stay(string operators, string program)
    {
        ModelGraph graph = GraphText.Parse(program, 14, ("x", [1, 4, 6]));
        ModelGraph cleaned = FoldingTests.Clean(graph);
        Assert.Equal(operators, cleaned.Operators());
        Equivalence.AssertSame(graph, cleaned, tolerance: 0);
    }

    [Fact]
    public void A_reshape_around_an_open_time_is_undone()
    {
        ModelGraph graph = GraphText.Parse("a = Unsqueeze x [1]; b = Reshape a [0 0 -1 6]; c = Squeeze b [1]; y = Relu c", 14, ("x", [1, "time", 6]));
        ModelGraph cleaned = FoldingTests.Clean(graph);
        Equivalence.AssertSame(graph, cleaned, tolerance: 0);
    }
}
