using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Quantizing;
using Edge.Quantization.Tests.Compilation;

namespace Edge.Quantization.Tests.Rewriting.Quantizing;

public class TableValuesTests
{
    [Fact]
    public void What_functions_read_is_found_and_of_what_they_make_that_which_small_layers_read()
    {
        TestGraphs.RequireOnnxRuntime();
        var sketch = new GraphSketch(1, 1, 20, 8);
        string large = sketch.Linear("x", 8, 64), first = sketch.Add("Tanh", [large]);
        string middle = sketch.Linear(first, 64, 64), second = sketch.Add("Sigmoid", [middle]); // 20 * 64 * 64 of its 20 * (8 * 64 + 64 * 64 + 64 * 2) products
        string small = sketch.Linear(sketch.Transpose(sketch.Transpose(second, 0, 2, 1), 0, 2, 1), 64, 2), last = sketch.Add("Tanh", [small]);
        sketch.Graph.Outputs.Add(new ValueInfo(last, ElementType.Float32, [1, 20, 2]));
        using var runner = new FloatRunner(sketch.Graph);
        IReadOnlyDictionary<string, ValueInfo> shapes = runner.DescribeValues(new Dictionary<string, Edge.OnnxRuntime.OnnxTensor> { ["x"] = GraphSketch.Input(new Random(1), 1, 20, 8) });

        Assert.Equal([large, middle, small, second, last], TableValues.Find(sketch.Graph, shapes));
    }
}
