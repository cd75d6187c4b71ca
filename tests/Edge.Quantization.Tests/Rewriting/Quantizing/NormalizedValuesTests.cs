using Edge.Quantization.Rewriting.Quantizing;
using Edge.Quantization.Tests.Compilation;

namespace Edge.Quantization.Tests.Rewriting.Quantizing;

public class NormalizedValuesTests
{
    [Fact]
    public void Sums_before_layer_normalizations_are_found_with_all_that_they_add()
    {
        var sketch = new GraphSketch(1, 1, 6, 8);
        string start = sketch.Linear("x", 8, 8);
        string first = sketch.Add("Add", [start, sketch.Linear(sketch.LayerNorm(start, 8), 8, 8)]);
        string second = sketch.Transpose(sketch.Add("Add", [first, sketch.Add("Tanh", [first])]), 0, 2, 1);
        sketch.LayerNorm(sketch.Transpose(second, 0, 2, 1), 8);
        string[] branches = [.. sketch.Graph.Nodes.Where(node => node.OpType == "Add").SelectMany(node => node.Inputs).Where(input => sketch.Graph.Constant(input) is null)];

        IReadOnlyList<string> found = NormalizedValues.Find(sketch.Graph);

        Assert.Contains(start, found);
        Assert.Contains(first, found);
        Assert.Equal(found.Distinct(), found);
        string[] products = [.. sketch.Graph.Nodes.Where(node => node.OpType == "MatMul").Select(node => node.Outputs[0])];
        Assert.All(branches.Except(products), branch => Assert.Contains(branch, found)); // a layer's sums before its bias are no value of their own
        Assert.All(products, product => Assert.DoesNotContain(product, found));
    }

    [Fact]
    public void What_softmaxes_read_is_found_and_nothing_before_it()
    {
        var sketch = new GraphSketch(1, 1, 6, 8);
        string logits = sketch.Add("Add", [sketch.Linear("x", 8, 4), sketch.Linear("x", 8, 4)]);
        sketch.Softmax(logits);

        Assert.Equal([logits], NormalizedValues.Find(sketch.Graph));
    }
}
