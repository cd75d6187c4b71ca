using Edge.Quantization.Graph;
using Edge.Quantization.Graph.TfLite;
using static Edge.Quantization.Graph.TfLite.TfLiteOperatorCode;

namespace Edge.Quantization.Tests.TfLite;

/// <summary>Files that are sound and say what no graph can: each is refused by the name of the operator and the tensor.</summary>
public class TfLiteRefusalTests
{
    private static readonly Dictionary<string, Action<TfLiteSketch>> Files = new()
    {
        ["16x8 quantization"] = s => Unary(s, Relu, s.File.Tensor("y", [1, 4], TfLiteType.Int16, [0.1f], [0])),
        ["floats made of integers"] = s => Unary(s, Relu, s.File.Tensor("y", [1, 4], TfLiteType.Float32)),
        ["no scale"] = s => Unary(s, Relu, s.File.Tensor("y", [1, 4], TfLiteType.Int8)),
        ["a scale for each channel of a value"] = s => Unary(s, Relu, s.File.Tensor("y", [1, 4], TfLiteType.Int8, [1, 2, 3, 4], axis: 1)),
        ["another scale behind a reshape"] = s => Unary(s, Reshape, s.Value(0.1f, 0, 4, 1)),
        ["another scale behind a pool"] = s => s.File.Outputs(s.Add(MaxPool2D, [s.Input(1, 4, 4, 1)], s.Value(0.1f, 0, 1, 2, 2, 1), 5, o => o.Int32(1, 2).Int32(2, 2).Int32(3, 2).Int32(4, 2))),
        ["another scale of a softmax"] = s => s.File.Outputs(s.Add(Softmax, [s.Input(1, 4)], s.Value(1, 4), 9, o => o.Float(0, 1))),
        ["another scale of a tanh"] = s => Unary(s, Tanh, s.Value(1f / 256, 0, 1, 4)),
        ["weights along the wrong axis"] = s => s.File.Outputs(s.Add(DepthwiseConv2D, [s.Input(1, 4, 4, 2), s.File.Int8s("w", [1, 2, 2, 2], new sbyte[8], [1, 1], 1)], s.Value(1, 4, 4, 2), 2, o => o.Int32(1, 1).Int32(2, 1).Int32(3, 1))),
        ["weights with a zero point"] = s => s.File.Outputs(s.Add(FullyConnected, [s.Input(1, 2), s.File.Tensor("w", [1, 2], TfLiteType.Int8, [1], [3], data: [1, 2])], s.Value(1, 1), 8)),
        ["weights of an old converter"] = s => s.File.Outputs(s.Add(FullyConnected, [s.Input(1, 2), s.File.Tensor("w", [1, 2], TfLiteType.UInt8, [1], [128], data: [1, 2])], s.Value(1, 1), 8)),
        ["weights that are computed"] = s =>
        {
            int x = s.Input(1, 2);
            s.File.Outputs(s.Add(FullyConnected, [x, x], s.Value(1, 1), 8));
        },
        ["an operator that is not read"] = s => Unary(s, Sin, s.Value(1, 4)),
        ["a custom operator"] = s =>
        {
            int x = s.Input(1, 4), y = s.Value(1, 4);
            s.File.Operator(Custom, 1, [x], [y], customCode: "TFLite_Detection");
            s.File.Outputs(y);
        },
        ["a shape that contradicts the output"] = s => s.File.Outputs(s.Add(Reshape, [s.Input(1, 4), s.Integers(2, 2)], s.Value(4, 1), 17)),
        ["a convolution of another size"] = s => s.File.Outputs(s.Add(Conv2D, [s.Input(1, 4, 4, 2), s.Weights(0, 3, 2, 2, 2)], s.Value(1, 2, 2, 3), 1, o => o.Int32(1, 1).Int32(2, 1))),
        ["channels that do not fit"] = s => s.File.Outputs(s.Add(Conv2D, [s.Input(1, 4, 4, 2), s.Weights(0, 3, 2, 2, 3)], s.Value(1, 4, 4, 3), 1, o => o.Int32(1, 1).Int32(2, 1))),
        ["an axis that does not exist"] = s => s.File.Outputs(s.Add(Mean, [s.Input(1, 4), s.Integers(2)], s.Value(1, 1), 27, o => o.Bool(0, true))),
        ["blocks without a convolution"] = s => s.File.Outputs(s.Add(BatchToSpaceNd, [s.Add(SpaceToBatchNd, [s.Input(1, 4, 2), s.Integers(2), s.File.Int32s("p", [1, 2], [0, 0])], s.Value(2, 2, 2), 25), s.Integers(2), s.File.Int32s("c", [1, 2], [0, 0])], s.Value(1, 4, 2), 24)),
        ["a variable without a first value"] = s =>
        {
            int x = s.Input(1, 4), handle = s.File.Tensor("handle", [], TfLiteType.Resource), read = s.Value(1, 4);
            s.File.Operator(VarHandle, 1, [], [handle], 111, o => o.Text(1, "memory"));
            s.File.Operator(ReadVariable, 1, [handle], [read]);
            s.File.Operator(AssignVariable, 1, [handle, x], []);
            s.File.Outputs(s.Add(Add, [x, read], s.Value(1, 4), 11));
        },
        ["layer normalization"] = s => Lstm(s, (20, s.Weights(-1, 2))),
        ["a negative clip"] = s => Lstm(s, clip: -1),
        ["one peephole of three"] = s => Lstm(s, (10, s.Weights(-1, 2))),
        ["a coupled gate with a bias"] = s => Lstm(s, (1, -1), (5, -1)),
        ["a bias of no projection"] = s => Lstm(s, (17, s.Bias(2))),
        ["a projection of another size"] = s => Lstm(s, (16, s.Weights(-1, 3, 2))),
        ["peepholes of eight bits"] = s => Lstm(s, (9, s.Weights(-1, 2)), (10, s.Weights(-1, 2)), (11, s.Weights(-1, 2))),
    };

    /// <summary>What is wrong, the place that the message must name, and words of it.</summary>
    [Theory]
    [InlineData("16x8 quantization", "RELU (operator 0), tensor 'y'", "it is int16 (16x8 quantization)")]
    [InlineData("floats made of integers", "RELU (operator 0), tensor 'v0'", "'y' is Float32")]
    [InlineData("no scale", "RELU (operator 0), tensor 'y'", "has no scale")]
    [InlineData("a scale for each channel of a value", "RELU (operator 0), tensor 'y'", "it has 4 scales")]
    [InlineData("another scale behind a reshape", "RESHAPE (operator 0), tensor 'v0'", "demands the same of both")]
    [InlineData("another scale behind a pool", "MAX_POOL_2D (operator 0), tensor 'v1'", "scale 0.0500000007 and zero point -3")]
    [InlineData("another scale of a softmax", "SOFTMAX (operator 0), tensor 'v1'", "scale 0.00390625 and zero point -128")]
    [InlineData("another scale of a tanh", "TANH (operator 0), tensor 'v0'", "scale 0.0078125 and zero point 0")]
    [InlineData("weights along the wrong axis", "DEPTHWISE_CONV_2D (operator 0), tensor 'w'", "2 scales along axis 1")]
    [InlineData("weights with a zero point", "FULLY_CONNECTED (operator 0), tensor 'w'", "zero point of 3")]
    [InlineData("weights of an old converter", "FULLY_CONNECTED (operator 0), tensor 'w'", "convert the model again, with int8")]
    [InlineData("weights that are computed", "FULLY_CONNECTED (operator 0), tensor 'v0'", "expected constants")]
    [InlineData("an operator that is not read", "SIN (operator 0)", "not supported")]
    [InlineData("a custom operator", "custom operator 'TFLite_Detection' (operator 0)", "not supported")]
    [InlineData("a shape that contradicts the output", "RESHAPE (operator 0), tensor 'v2'", "by [2, 2]")]
    [InlineData("a convolution of another size", "CONV_2D (operator 0), tensor 'v2'", "4 x 4 positions")]
    [InlineData("channels that do not fit", "CONV_2D (operator 0)", "do not fit 2 input channels")]
    [InlineData("an axis that does not exist", "MEAN (operator 0)", "its axis is 2")]
    [InlineData("blocks without a convolution", "SPACE_TO_BATCH_ND (operator 0)", "dilated convolution")]
    [InlineData("a variable without a first value", "variable 'memory'", "no CALL_ONCE gives it a first value")]
    [InlineData("layer normalization", "UNIDIRECTIONAL_SEQUENCE_LSTM (operator 0)", "it has layer normalization; expected a Keras layer")]
    [InlineData("a negative clip", "UNIDIRECTIONAL_SEQUENCE_LSTM (operator 0)", "it clips at -1; expected 0, which is none, or more")]
    [InlineData("one peephole of three", "UNIDIRECTIONAL_SEQUENCE_LSTM (operator 0)", "it has peepholes for 1 of its gates; expected all or none")]
    [InlineData("a coupled gate with a bias", "UNIDIRECTIONAL_SEQUENCE_LSTM (operator 0)", "its input gate has no weights for the input, and others")]
    [InlineData("a bias of no projection", "UNIDIRECTIONAL_SEQUENCE_LSTM (operator 0)", "it has a bias for a projection, and no projection")]
    [InlineData("a projection of another size", "UNIDIRECTIONAL_SEQUENCE_LSTM (operator 0), tensor", "it is [3, 2]; expected [2, 2]")]
    [InlineData("peepholes of eight bits", "UNIDIRECTIONAL_SEQUENCE_LSTM (operator 0), tensor", "these peephole weights are Int8; expected a constant of Int16")]
    public void A_file_that_no_graph_can_hold_is_refused(string file, string place, string words)
    {
        var sketch = new TfLiteSketch(TfLiteForm.Int8);
        Files[file](sketch);
        GraphFormatException e = Assert.Throws<GraphFormatException>(() => TfLiteReader.Read(sketch.File.Build(), "file.tflite"));
        Assert.StartsWith("file.tflite: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(place, e.Message, StringComparison.Ordinal);
        Assert.Contains(words, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_of_a_file_are_named_and_what_depends_on_them_is_not()
    {
        var sketch = new TfLiteSketch(TfLiteForm.Int8);
        int x = sketch.Input(1, 4);
        int bad = sketch.Add(Sin, [x], sketch.Value(1, 4));
        int behind = sketch.Add(Relu, [bad], sketch.Value(1, 4));
        int other = sketch.Add(Tanh, [x], sketch.Value(1, 4));
        sketch.File.Outputs(sketch.Add(Add, [behind, other], sketch.Value(1, 4), 11));

        GraphFormatException e = Assert.Throws<GraphFormatException>(() => TfLiteReader.Read(sketch.File.Build()));

        Assert.Contains("2 thing(s)", e.Message, StringComparison.Ordinal);
        Assert.Contains("SIN (operator 0)", e.Message, StringComparison.Ordinal);
        Assert.Contains("TANH (operator 2)", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("RELU", e.Message, StringComparison.Ordinal);
    }

    /// <summary>An LSTM of 2 cells over 3 steps, some of whose inputs are others.</summary>
    private static void Lstm(TfLiteSketch s, params (int Input, int Tensor)[] others) => Lstm(s, 0, others);

    private static void Lstm(TfLiteSketch s, float clip, params (int Input, int Tensor)[] others)
    {
        int x = s.Input(1, 3, 2), inner = s.Value(1, 2);
        int hidden = s.File.Tensor("hidden", [1, 2], TfLiteType.Int8, [TfLiteSketch.Scale], [TfLiteSketch.ZeroPoint], variable: true);
        int cell = s.File.Tensor("cell", [1, 2], TfLiteType.Int16, [1f / 2048], variable: true);
        int[] inputs = [x, .. Enumerable.Range(0, 8).Select(_ => s.Weights(-1, 2, 2)), -1, -1, -1, .. Enumerable.Range(0, 4).Select(_ => s.Bias(2)), -1, -1, hidden, cell, -1, -1, -1, -1];
        foreach ((int input, int tensor) in others)
        {
            inputs[input] = tensor;
        }

        int y = s.Value(1, 3, 2);
        s.File.Operator(UnidirectionalSequenceLstm, 1, inputs, [y], 71, o => o.Byte(0, 4).Float(1, clip), [-1, -1, -1, -1, inner]);
        s.File.Outputs(y);
    }

    private static void Unary(TfLiteSketch sketch, TfLiteOperatorCode code, int output) => sketch.File.Outputs(sketch.Add(code, [sketch.Input(1, 4)], output));
}
