using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Compression;

namespace Edge.Quantization.Tests.Rewriting.Compression;

public class CheckpointAverageTests
{
    [Fact]
    public void Weights_are_averaged_and_integers_stay()
    {
        ModelGraph average = CheckpointAverage.Uniform([Checkpoint(1), Checkpoint(2), Checkpoint(6)]);
        Assert.Equal([3f, 6f], average.Initializers["w"].ToFloats());
        Assert.Equal([1L, 2], average.Initializers["shape"].ToLongs());
    }

    [Fact]
    public void The_greedy_soup_leaves_out_what_does_not_help()
    {
        // The score is largest where the mean of the first weight is 2.
        static double Score(ModelGraph graph) => -Math.Abs(graph.Initializers["w"].ToFloats()[0] - 2);

        (ModelGraph soup, double score, IReadOnlyList<int> members) = CheckpointAverage.Greedy([Checkpoint(9), Checkpoint(3), Checkpoint(1)], Score);

        Assert.Equal([1, 2], members);
        Assert.Equal(0, score);
        Assert.Equal(2, soup.Initializers["w"].ToFloats()[0]);
    }

    [Fact]
    public void Networks_of_another_form_are_named()
    {
        ModelGraph other = Checkpoint(1);
        other.Nodes[0].OpType = "Sub";
        Assert.Contains("Sub", Assert.Throws<GraphFormatException>(() => CheckpointAverage.Uniform([Checkpoint(1), other])).Message, StringComparison.Ordinal);
        other = Checkpoint(1);
        other.Initializers["w"] = Tensor.Of([1], [1f]);
        Assert.Contains("'w'", Assert.Throws<GraphFormatException>(() => CheckpointAverage.Uniform([Checkpoint(1), other])).Message, StringComparison.Ordinal);
        other = Checkpoint(1);
        other.Nodes.RemoveAt(1);
        Assert.Contains("found 1, expected 2", Assert.Throws<GraphFormatException>(() => CheckpointAverage.Uniform([Checkpoint(1), other])).Message, StringComparison.Ordinal);
    }

    private static ModelGraph Checkpoint(float weight) => new()
    {
        Inputs = { new ValueInfo("x", ElementType.Float32, [2]) },
        Outputs = { new ValueInfo("y", ElementType.Float32, [1, 2]) },
        Initializers = { ["w"] = Tensor.Of([2], [weight, 2 * weight]), ["shape"] = Tensor.Vector(1, 2) },
        Nodes = { new Node("Mul", ["x", "w"], ["m"]), new Node("Reshape", ["m", "shape"], ["y"]) },
    };
}
