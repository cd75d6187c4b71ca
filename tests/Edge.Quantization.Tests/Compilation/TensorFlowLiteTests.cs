using Edge.Numerics;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Tests.Compilation;

/// <summary>Graphs that are to give TensorFlow Lite's integers.</summary>
public class TensorFlowLiteTests
{
    [Theory]
    [InlineData("tensorflow-lite", Rounding.Once)]
    [InlineData("tensorflow-lite-double", Rounding.Twice)]
    public void A_plan_rounds_as_often_as_its_graph_asks(string arithmetic, Rounding expected)
    {
        var sketch = new QdqSketch(0.1f, 3, 1, 4, 8);
        ModelGraph graph = sketch.Build(sketch.Add("Relu", [sketch.X], 0.1f, 3));
        graph.Metadata["edge.arithmetic"] = arithmetic;

        Assert.Equal(expected, Batch(graph, 4).Rounding);
    }

    [Theory]
    [InlineData(0L, 2L, 5L)]
    [InlineData(0L, 1L, 1L)]
    [InlineData(0L, 1L)]
    [InlineData(0L, -1L, 1L)]
    public void A_transpose_of_axes_that_are_not_there_is_refused(params long[] order)
    {
        var sketch = new QdqSketch(0.1f, 3, 1, 4, 8);
        ModelGraph graph = sketch.Build(sketch.Add("Transpose", [sketch.X], 0.1f, 3, ("perm", order)));

        Assert.Contains("is no order of its input's 3 axes", Assert.Throws<GraphFormatException>(() => Batch(graph, 4)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_convolution_multiplies_scales_in_double_precision()
    {
        const float input = 0.0731f, output = 0.1234f;
        float[] weights = [0.00123f, 0.00456f, 0.0789f];
        var sketch = new QdqSketch(input, 3, 1, 5, 2);
        string x = sketch.Add("Transpose", [sketch.X], input, 3, ("perm", new long[] { 0, 2, 1 }));
        string y = sketch.Add("Conv", [x, sketch.Stored(Tensor.Of([3, 2, 1], Enumerable.Range(-3, 6).Select(i => (sbyte)i).ToArray()), weights)], output, -5);

        PlanDraft draft = Batch(sketch.Build(y), 5);

        int[] expected = [.. weights.Select(w => FixedPointDesign.QuantizeMultiplier((double)input * w / output).Multiplier)];
        Assert.Equal(expected, Integers(draft, "rescale")[..3]);
        Assert.NotEqual(expected, weights.Select(w => FixedPointDesign.QuantizeMultiplier(input * w / output).Multiplier));
    }

    [Fact]
    public void A_fully_connected_layer_multiplies_its_two_scales_in_single_precision_first()
    {
        const float input = 0.0731f, weight = 0.00123f, output = 0.1234f;
        var sketch = new QdqSketch(input, 3, 1, 5, 2);
        string y = sketch.Add("MatMul", [sketch.X, sketch.Stored(Tensor.Of([2, 1], new sbyte[] { 7, -9 }), [weight])], output, -5);

        PlanDraft draft = Batch(sketch.Build(y), 5);

        int expected = FixedPointDesign.QuantizeMultiplier((double)(input * weight) / output).Multiplier;
        Assert.Equal(expected, Integers(draft, "rescale")[0]);
        Assert.NotEqual(expected, FixedPointDesign.QuantizeMultiplier((double)input * weight / output).Multiplier);
    }

    [Fact]
    public void A_fused_activation_ends_where_TensorFlow_Lite_rounds_away_from_zero()
    {
        // 6 / 2.4 is 2.5: 3 away from zero, 2 to even.
        var sketch = new QdqSketch(1, 0, 1, 5, 2);
        string product = sketch.Float("MatMul", [sketch.X, sketch.Stored(Tensor.Of([2, 1], new sbyte[] { 1, 1 }), [1])]);
        string y = sketch.Add("Clip", [product, sketch.Constant(Tensor.Of([], [0f])), sketch.Constant(Tensor.Of([], [6f]))], 2.4f, 0);

        DraftOperator layer = Batch(sketch.Build(y), 5).Operators.Single(op => op.Kind == "fully-connected");

        Assert.Equal([3], layer.Attributes.Single(a => a.Name == "activationMax").Values);
    }

    [Theory]
    [InlineData("Sigmoid", 1f / 256, -128)]
    [InlineData("Tanh", 1f / 128, 0)]
    public void A_table_is_the_function_rounded_away_from_zero(string op, float scale, int zeroPoint)
    {
        Func<double, double> function = op == "Tanh" ? Math.Tanh : x => 1 / (1 + Math.Exp(-x));

        sbyte[] table = Table(op, 0.05f, 7, scale, zeroPoint);

        for (int q = -128; q < 128; q++)
        {
            double exact = function(0.05f * (q - 7)) / scale;
            Assert.Equal(Math.Clamp(Math.Round(exact, MidpointRounding.AwayFromZero) + zeroPoint, -128, 127), table[q + 128], 0);
        }
    }

    [Fact]
    public void Half_a_step_goes_away_from_zero_in_a_table()
    {
        // The output's scale is twice the input's: odd numbers are ties.
        sbyte[] table = Table("Abs", 1, 0, 2, 0);

        Assert.Equal([0, 1, 1, 2, 2, 3], table[128..134]);
    }

    [Theory]
    [InlineData(0.05f, 7, 0.04f, -10)]
    [InlineData(0.1f, -128, 0.1f, -128)]
    [InlineData(0.003f, 0, 0.002f, 1)]
    [InlineData(0.6f, 20, 0.7f, 0)]
    public void Hard_swish_stays_within_a_step_of_the_real_function(float inputScale, int inputZero, float outputScale, int outputZero)
    {
        sbyte[] table = Table("HardSwish", inputScale, inputZero, outputScale, outputZero);

        for (int q = -128; q < 128; q++)
        {
            double x = inputScale * (q - inputZero);
            double exact = Math.Clamp(x * Math.Clamp(x + 3, 0, 6) / 6 / outputScale + outputZero, -128, 127);
            Assert.InRange(table[q + 128] - exact, -1, 1);
        }
    }

    [Theory]
    [InlineData("tensorflow-lite")]
    [InlineData("tensorflow-lite-double")]
    public void Leaky_relu_scales_each_side_and_rounds_as_the_plan(string arithmetic)
    {
        const float alpha = 0.3f;
        var sketch = new QdqSketch(0.05f, 7, 1, 4, 8);
        sketch.Graph.Metadata["edge.arithmetic"] = arithmetic;
        sbyte[] table = Table(sketch, "LeakyRelu", 0.04f, -10, ("alpha", alpha));
        Func<int, int, int, int> multiply = arithmetic == "tensorflow-lite" ? FixedPoint.MultiplyRoundingOnce : FixedPoint.MultiplyByQuantizedMultiplier;
        (int identity, int identityShift) = FixedPointDesign.QuantizeMultiplier(0.05f / 0.04f);
        (int slope, int slopeShift) = FixedPointDesign.QuantizeMultiplier(0.05f * alpha / 0.04f);

        for (int q = -128; q < 128; q++)
        {
            int x = q - 7;
            int y = x >= 0 ? multiply(x, identity, identityShift) : multiply(x, slope, slopeShift);
            Assert.Equal(Math.Clamp(y - 10, -128, 127), table[q + 128]);
        }
    }

    private static sbyte[] Table(string op, float inputScale, int inputZero, float outputScale, int outputZero) =>
        Table(new QdqSketch(inputScale, inputZero, 1, 4, 8), op, outputScale, outputZero);

    private static sbyte[] Table(QdqSketch sketch, string op, float outputScale, int outputZero, params (string Name, AttributeValue Value)[] attributes)
    {
        PlanDraft draft = Batch(sketch.Build(sketch.Add(op, [sketch.X], outputScale, outputZero, attributes)), 4);
        return (sbyte[])(Array)draft.Operators.Single(o => o.Kind == "table").Inputs[1].Data;
    }

    private static PlanDraft Batch(ModelGraph graph, int frames) => Lowering.Run(graph, PlanForm.Batch, frames);

    private static int[] Integers(PlanDraft draft, string ending)
    {
        byte[] data = draft.Tensors.Single(t => t.Name.EndsWith(ending, StringComparison.Ordinal)).Data;
        var integers = new int[data.Length / sizeof(int)];
        Buffer.BlockCopy(data, 0, integers, 0, data.Length);
        return integers;
    }
}
