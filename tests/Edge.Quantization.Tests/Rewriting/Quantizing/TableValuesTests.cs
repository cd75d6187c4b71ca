using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Quantizing;
using Edge.Quantization.Tests.Compilation;

namespace Edge.Quantization.Tests.Rewriting.Quantizing;

public class TableValuesTests
{
    [Fact]
    public void What_functions_behind_convolutions_read_is_found_and_of_what_they_make_that_which_small_layers_read()
    {
        TestGraphs.RequireOnnxRuntime();
        var sketch = new GraphSketch(1, 1, 8, 20);
        string large = sketch.Convolution("x", 8, 64, 1), first = sketch.Add("Tanh", [large]);
        string middle = sketch.Convolution(first, 64, 64, 1), second = sketch.Add("Sigmoid", [sketch.Transpose(middle, 0, 2, 1)]); // 20 * 64 * 64 of its 20 * (8 * 64 + 64 * 64 + 64 * 2) products
        string small = sketch.Linear(sketch.Transpose(sketch.Transpose(second, 0, 2, 1), 0, 2, 1), 64, 2), last = sketch.Add("Tanh", [small]);
        sketch.Graph.Outputs.Add(new ValueInfo(last, ElementType.Float32, [1, 20, 2]));
        using var runner = new FloatRunner(sketch.Graph);
        IReadOnlyDictionary<string, ValueInfo> shapes = runner.DescribeValues(new Dictionary<string, Edge.OnnxRuntime.OnnxTensor> { ["x"] = GraphSketch.Input(new Random(1), 1, 8, 20) });

        string moved = sketch.Graph.ConsumersOf(middle)[0].Outputs[0];
        Assert.Equal([large, moved, second], TableValues.Find(sketch.Graph, shapes));
    }

    [Fact]
    public void A_normalization_between_convolution_and_function_changes_nothing_but_a_sum_does()
    {
        TestGraphs.RequireOnnxRuntime();
        var sketch = new GraphSketch(1, 1, 8, 20);
        string normalized = sketch.Add("InstanceNormalization", [sketch.Convolution("x", 8, 8, 1), sketch.Uniform(1, 8), sketch.Uniform(1, 8)]);
        string first = sketch.Add("Tanh", [normalized]), sum = sketch.Add("Add", [first, "x"]), second = sketch.Add("Tanh", [sum]);
        sketch.Graph.Outputs.Add(new ValueInfo(second, ElementType.Float32, [1, 8, 20]));
        using var runner = new FloatRunner(sketch.Graph);
        IReadOnlyDictionary<string, ValueInfo> shapes = runner.DescribeValues(new Dictionary<string, Edge.OnnxRuntime.OnnxTensor> { ["x"] = GraphSketch.Input(new Random(1), 1, 8, 20) });

        Assert.Equal([normalized, first], TableValues.Find(sketch.Graph, shapes));
    }
}
