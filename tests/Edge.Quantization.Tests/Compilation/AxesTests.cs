using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Tests.Compilation;

/// <summary>Axes that are split, joined, moved, gated and reduced: the integer engine gives what ONNX Runtime gives.</summary>
public class AxesTests
{
    private const int Frames = 12;
    private const int Features = 8;
    private const int Inputs = 60;
    private static readonly long[] Shape = [1, Frames, Features];
    private static readonly long[] Planar = [1, 1, Frames, Features];

    public static TheoryData<string> Sketches => [.. All.Keys];

    private static readonly Dictionary<string, Func<GraphSketch, string>> All = new()
    {
        ["a difference of values"] = s => s.Add("Sub", [s.Linear("x", 8, 4), s.Linear("x", 8, 4)]),
        ["a value without a constant"] = s => s.Add("Sub", [s.Linear("x", 8, 4), s.Uniform(1, 4)]),
        ["a constant without a value"] = s => s.Add("Sub", [s.Uniform(1, Frames, 4), s.Linear("x", 8, 4)]),
        ["a quotient by constants"] = s => s.Add("Div", [s.Linear("x", 8, 4), s.Constant(Tensor.Of([4], [2f, 3, 4, 5]))]),
        ["positions that differ in time"] = s => s.Add("Add", [s.Linear("x", 8, 4), s.Uniform(1, 1, Frames, 4)]),
        ["a mask on transposed values"] = s => s.Transpose(s.Add("Add", [s.Transpose(s.Linear("x", 8, 4), 0, 2, 1), s.Uniform(1, 4, Frames)]), 0, 2, 1),
        ["a gate for each channel"] = s => s.Add("Mul", ["x", Gate(s, 8, 1)]),
        ["a gate for each frame"] = s => s.Add("Mul", ["x", s.Add("Sigmoid", [s.Linear("x", 8, 1)])]),
        ["a gate in the first place"] = s => s.Add("Mul", [Gate(s, 8, 1), "x"]),
        ["attentive pooling"] = s => s.Add(
            "ReduceSum", [s.Add("Mul", [s.Add("Softmax", [s.Linear("x", 8, 1)], ("axis", 1L)), "x"]), s.Constant(Tensor.Vector(1))], ("keepdims", 0L)),
        ["the mean of channels"] = s => s.Add("ReduceMean", [s.Linear("x", 8, 4), s.Constant(Tensor.Vector(-1))], ("keepdims", 1L)),
        ["the mean of time beside heads"] = s => s.Add("ReduceMean", [s.Reshape("x", 1, Frames, 2, 4), s.Constant(Tensor.Vector(1))], ("keepdims", 0L)),
        ["the mean of heads"] = s => s.Add("ReduceMean", [s.Reshape("x", 1, Frames, 2, 4), s.Constant(Tensor.Vector(2))], ("keepdims", 0L)),
        ["the largest over time"] = s => s.Add("ReduceMax", ["x", s.Constant(Tensor.Vector(1))], ("keepdims", 0L)),
        ["parts of channels"] = s => Parts(s),
        ["frames two by two"] = s => s.Linear(s.Reshape("x", 1, Frames / 2, 16), 16, 4),
        ["everything in one row"] = s => s.Linear(s.Add("Flatten", [s.Linear("x", 8, 4)]), 4 * Frames, 3),
        ["channels before time in one row"] = s => s.Linear(s.Add("Flatten", [s.Transpose(s.Linear("x", 8, 4), 0, 2, 1)]), 4 * Frames, 3),
        ["a layer over time"] = s => s.Linear(s.Transpose("x", 0, 2, 1), Frames, 4),
        ["a norm over time"] = s => s.LayerNorm(s.Transpose("x", 0, 2, 1), Frames),
        ["a softmax over time"] = s => s.Add("Softmax", [s.Linear("x", 8, 4)], ("axis", 1L)),
        ["a class token"] = s => s.Add("Gather", [s.LayerNorm(s.Add("Concat", [s.Uniform(1, 1, 1, 8), "x"], ("axis", 1L)), 8), s.Constant(Tensor.Of([], [0L]))], ("axis", 1L)),
        ["an attention across channels"] = s => s.Add("MatMul", [s.Softmax(s.Add("MatMul", [s.Transpose("x", 0, 2, 1), s.Linear("x", 8, 4)])), s.Transpose(s.Linear("x", 8, 4), 0, 2, 1)]),
        ["a convolution in groups"] = s => s.Transpose(s.Convolution(s.Transpose("x", 0, 2, 1), 8, 6, 3, group: 2), 0, 2, 1),
    };

    [Theory]
    [MemberData(nameof(Sketches))]
    public void The_integer_engine_agrees_with_ONNX_Runtime(string sketch)
    {
        TestGraphs.RequireOnnxRuntime();
        var drawn = new GraphSketch(1, 1, Frames, Features);
        ModelGraph graph = drawn.Quantize(All[sketch](drawn), Shape);

        Agreement agreement = Agreement.Measure(graph, Lowering.Run(graph, PlanForm.Batch, Frames), Inputs, Shape);

        Assert.True(agreement.NearShare >= 0.999, $"{agreement.NearShare:P3} of outputs within 1");
    }

    /// <summary>Residual blocks with squeeze-and-excitation and hard-swish, then channels and columns as the features of a layer.</summary>
    [Fact]
    public void A_planar_network_with_squeeze_and_excitation_agrees_with_ONNX_Runtime()
    {
        TestGraphs.RequireOnnxRuntime();
        const int channels = 9;
        var sketch = new GraphSketch(4, 1, 1, Frames, Features);
        string value = sketch.Add("HardSwish", [sketch.Convolution("x", 1, channels, 3, planar: true)]);
        for (int block = 0; block < 2; block++)
        {
            string inner = sketch.Add("HardSwish", [sketch.Convolution(value, channels, channels, 3, group: block == 0 ? channels : 3, planar: true)]);
            string squeezed = sketch.Add("Relu", [sketch.Convolution(sketch.Add("GlobalAveragePool", [inner]), channels, 4, 1, planar: true)]);
            string gate = sketch.Add("HardSigmoid", [sketch.Convolution(squeezed, 4, channels, 1, planar: true)], ("alpha", 1 / 6f));
            value = sketch.Add("Add", [value, sketch.Add("Mul", [inner, gate])]);
        }

        string rows = sketch.Reshape(sketch.Transpose(value, 0, 2, 1, 3), 1, Frames, channels * Features);
        string output = sketch.Linear(sketch.LayerNorm(sketch.Linear(rows, channels * Features, 16), 16), 16, 5);
        ModelGraph graph = sketch.Quantize(sketch.Add("ReduceMean", [output, sketch.Constant(Tensor.Vector(1))], ("keepdims", 0L)), Planar);

        Agreement agreement = Agreement.Measure(graph, Lowering.Run(graph, PlanForm.Batch, Frames), 1_000, Planar);

        Assert.True(agreement.NearShare >= 0.999, $"{agreement.NearShare:P3} of outputs within 1");
        Assert.True(agreement.TopShare >= 0.995, $"{agreement.TopShare:P2} agree in the largest");
    }

    [Fact]
    public void Splitting_and_joining_channels_streams()
    {
        TestGraphs.RequireOnnxRuntime();
        var sketch = new GraphSketch(2, 1, "time", Features);
        string heads = sketch.Reshape(sketch.Linear("x", 8, 12), 1, -1, 3, 4);
        string mean = sketch.Add("ReduceMean", [heads, sketch.Constant(Tensor.Vector(2))], ("keepdims", 0L));
        string joined = sketch.Add("Concat", [sketch.Reshape(sketch.LayerNorm(heads, 4), 0, 0, 12), mean], ("axis", 2L));
        ModelGraph graph = sketch.Quantize(sketch.Linear(joined, 16, 3), Shape);
        var random = new Random(1);

        (int compared, int difference) = StreamingProof.Compare(graph, [.. Enumerable.Range(0, 30 * Features).Select(_ => (sbyte)random.Next(-128, 128))]);

        Assert.Equal((90, -1), (compared, difference));
    }

    [Theory]
    [InlineData("reshape", "was it exported for another number of frames than it is built for?")]
    [InlineData("repeat", "do not repeat along one another")]
    [InlineData("gather", "expected one, or some that follow one another")]
    public void What_has_no_counterpart_is_named(string what, string message)
    {
        TestGraphs.RequireOnnxRuntime();
        var sketch = new GraphSketch(3, 1, "time", Features);
        string output = what switch
        {
            "reshape" => sketch.Reshape("x", 1, Frames, 2, 4),
            "repeat" => sketch.Add("Mul", [sketch.Linear("x", 8, 1), Gate(sketch, 8, 1)]),
            _ => sketch.Add("Gather", ["x", sketch.Constant(Tensor.Vector(0, 2, 3))], ("axis", 2L)),
        };
        ModelGraph graph = sketch.Quantize(output, Shape);

        var error = Assert.Throws<GraphFormatException>(() => Lowering.Run(graph, PlanForm.Batch, what == "reshape" ? Frames - 1 : Frames));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static string Gate(GraphSketch sketch, int channels, int axis) => sketch.Add(
        "Sigmoid", [sketch.Linear(sketch.Add("ReduceMean", ["x", sketch.Constant(Tensor.Vector(axis))], ("keepdims", 1L)), channels, channels)]);

    private static string Parts(GraphSketch sketch)
    {
        string[] parts = ["part0", "part1"];
        sketch.Graph.Nodes.Add(new Node("Split", [sketch.Linear("x", 8, 10), sketch.Constant(Tensor.Vector(4, 6))], parts) { Attributes = { ["axis"] = -1L } });
        return sketch.Add("Concat", [parts[1], sketch.Add("Tanh", [parts[0]])], ("axis", 2L));
    }
}
