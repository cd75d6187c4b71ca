using Edge.Quantization.Graph;
using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Tests.TfLite;

/// <summary>Files that cannot be used, and the places and words of the errors they give.</summary>
public class TfLiteFaultTests
{
    /// <summary>A sound model of one operator, changed by what the test says.</summary>
    private static readonly Dictionary<string, Action<TfLiteBuilder>> Unsound = new()
    {
        ["a version above those understood"] = model => model.Operator(TfLiteOperatorCode.Conv2D, 9, [0, 1], [3], 1),
        ["an operator number that nobody knows"] = model => model.Operator((TfLiteOperatorCode)197, 1, [0], [3]),
        ["options of another operator"] = model => model.Operator(TfLiteOperatorCode.Conv2D, 3, [0, 1], [3], 5),
        ["an input that does not exist"] = model => model.Operator(TfLiteOperatorCode.Tanh, 2, [99], [3]),
        ["an output that does not exist"] = model => model.Operator(TfLiteOperatorCode.Tanh, 2, [0], [-1]),
        ["an intermediate that does not exist"] = model => model.Operator(TfLiteOperatorCode.Tanh, 2, [0], [3], intermediates: [-2]),
        ["a graph input that does not exist"] = model => model.Inputs(0, 1000),
        ["a graph output that nobody writes"] = model => model.Outputs(3),
        ["a graph input that is constant"] = model => model.Inputs(0, 1),
        ["a value written twice"] = model => model.Operator(TfLiteOperatorCode.Tanh, 2, [0], [2]),
        ["a constant written"] = model => model.Operator(TfLiteOperatorCode.Tanh, 2, [0], [1]),
        ["a value nobody writes"] = model => model.Operator(TfLiteOperatorCode.Tanh, 2, [3], [4]),
        ["a value read before it is written"] = model =>
        {
            model.Operator(TfLiteOperatorCode.Tanh, 2, [4], [3]);
            model.Operator(TfLiteOperatorCode.Tanh, 2, [3], [4]);
        },
        ["a call of a subgraph that does not exist"] = model => model.Operator(TfLiteOperatorCode.CallOnce, 1, [], [], 103, options => options.Int32(0, 2)),
        ["data of the wrong length"] = model => model.Tensor("bad", [3], TfLiteType.Int16, data: new byte[5]),
        ["a buffer that does not exist"] = model => model.Tensor("bad", [3], TfLiteType.Int16, more: table => table.UInt32(2, 500)),
        ["a sparse tensor"] = model => model.Tensor("bad", [3], TfLiteType.Int8, more: table => table.Table(6, new FlatTableWriter())),
        ["a variable with data"] = model => model.Tensor("bad", [1], TfLiteType.Int8, data: [1], variable: true),
        ["strings"] = model => model.Tensor("bad", [1], TfLiteType.String),
        ["a type that nobody knows"] = model => model.Tensor("bad", [1], (TfLiteType)77),
        ["too many elements"] = model => model.Tensor("bad", [1 << 16, 1 << 16], TfLiteType.Int8),
        ["an open size"] = model => model.Tensor("bad", [1, -1], TfLiteType.Int8),
        ["too many axes"] = model => model.Tensor("bad", [1, 1, 1, 1, 1, 1, 1, 1, 1], TfLiteType.Int8),
        ["more zero points than scales"] = model => model.Tensor("bad", [2], TfLiteType.Int8, [1], [1, 2]),
        ["scales for fewer channels"] = model => model.Tensor("bad", [3], TfLiteType.Int8, [1, 1]),
        ["scales along an axis that does not exist"] = model => model.Tensor("bad", [1, 2], TfLiteType.Int8, [1, 1], axis: 2),
        ["a scale that is no number"] = model => model.Tensor("bad", [2], TfLiteType.Int8, [1, float.NaN]),
        ["a scale below zero"] = model => model.Tensor("bad", [2], TfLiteType.Int8, [-1]),
        ["a zero point outside its type"] = model => model.Tensor("bad", [2], TfLiteType.UInt8, [1], [-128]),
        ["quantization of another kind"] = model => model.Tensor("bad", [2], TfLiteType.UInt8, more: table => table.Table(4, new FlatTableWriter().Byte(4, 1))),
    };

    /// <summary>What is wrong, the place that the message must name, and words of it.</summary>
    [Theory]
    [InlineData("a version above those understood", "operators[1]", "CONV_2D has version 9; up to 8")]
    [InlineData("an operator number that nobody knows", "operators[1]", "operator number 197 is unknown")]
    [InlineData("options of another operator", "operators[1]", "CONV_2D has options of kind 5; kind 1")]
    [InlineData("an input that does not exist", "operators[1].inputs[0]", "tensor 99 found; the subgraph has 5")]
    [InlineData("an output that does not exist", "operators[1].outputs[0]", "tensor -1 found")]
    [InlineData("an intermediate that does not exist", "operators[1].intermediates[0]", "tensor -2 found")]
    [InlineData("a graph input that does not exist", "inputs[1]", "tensor 1000 found")]
    [InlineData("a graph output that nobody writes", "outputs[0]", "no operator writes it")]
    [InlineData("a graph input that is constant", "inputs[1]", "'w' is a constant")]
    [InlineData("a value written twice", "operators[1].outputs[0]", "'y' is an input or written already")]
    [InlineData("a constant written", "operators[1].outputs[0]", "'w' is a constant")]
    [InlineData("a value nobody writes", "operators[1].inputs[0]", "'a' is neither an input nor a constant")]
    [InlineData("a value read before it is written", "operators[1].inputs[0]", "'b' is read before operator 2 writes it")]
    [InlineData("a call of a subgraph that does not exist", "operators[1]", "CALL_ONCE of subgraph 2 found")]
    [InlineData("data of the wrong length", "tensors[5].buffer", "'bad' has 5 bytes of data; Int16 [3] needs 6")]
    [InlineData("a buffer that does not exist", "tensors[5].buffer", "500 found; the model has 2 buffer(s)")]
    [InlineData("a sparse tensor", "tensors[5].sparsity", "'bad' is sparse")]
    [InlineData("a variable with data", "tensors[5].buffer", "'bad' is a variable and has data")]
    [InlineData("strings", "tensors[5].type", "String found")]
    [InlineData("a type that nobody knows", "tensors[5].type", "type 77 found")]
    [InlineData("too many elements", "tensors[5].shape", "[65536, 65536] found")]
    [InlineData("an open size", "tensors[5].shape", "[1, -1] found")]
    [InlineData("too many axes", "tensors[5].shape", "9 dimensions found")]
    [InlineData("more zero points than scales", "tensors[5].quantization.zero_point", "2 value(s) found; expected 1")]
    [InlineData("scales for fewer channels", "tensors[5].quantization.scale", "2 values found; expected 1, or 3 along axis 0")]
    [InlineData("scales along an axis that does not exist", "tensors[5].quantization.quantized_dimension", "2 found; expected an axis of [1, 2]")]
    [InlineData("a scale that is no number", "tensors[5].quantization.scale[1]", "NaN found")]
    [InlineData("a scale below zero", "tensors[5].quantization.scale[0]", "-1 found")]
    [InlineData("a zero point outside its type", "tensors[5].quantization.zero_point[0]", "-128 found; expected 0 to 255")]
    [InlineData("quantization of another kind", "tensors[5].quantization", "details of kind 1")]
    public void The_fault_is_named_with_its_place(string what, string place, string words)
    {
        TfLiteBuilder sound = OneOperator();
        TfLiteModel.Read(sound.Build(), "sound");
        TfLiteBuilder builder = OneOperator();
        Unsound[what](builder);
        GraphFormatException fault = Assert.Throws<GraphFormatException>(() => TfLiteModel.Read(builder.Build(), "net.tflite"));
        Assert.Equal($"subgraphs[0].{place}", fault.Place);
        Assert.Contains(words, fault.Problem);
        Assert.StartsWith("net.tflite: ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_unsound_model_is_tested() =>
        Assert.Equal(Unsound.Count, typeof(TfLiteFaultTests).GetMethod(nameof(The_fault_is_named_with_its_place))!.GetCustomAttributes(typeof(InlineDataAttribute), false).Length);

    [Theory]
    [InlineData("", "empty")]
    [InlineData("1C00", "2 byte(s) long")]
    [InlineData("504B0304140000000800", "a zip archive")]
    [InlineData("0807120770797472636368", "an ONNX model")]
    [InlineData("3C21444F43545950452068746D6C3E", "an HTML or XML page")]
    [InlineData("7B22747970653A206D6963726F7D", "JSON text")]
    [InlineData("76657273696F6E2068747470733A2F2F6769742D6C66732E", "a Git LFS pointer")]
    [InlineData("40000000000000007B225F5F6D657461646174615F5F223A7B22666F726D6174223A2265646765227D7D", "an .edge model")]
    [InlineData("40000000000000007B22612261", "a safetensors file")]
    [InlineData("8948444600000000", "an HDF5 file")]
    [InlineData("1C00000054464C32", "a TensorFlow Lite model of the older format TFL2")]
    [InlineData("0102030405060708", "of a kind not recognised (it begins with 0102030405060708)")]
    public void A_file_of_another_kind_is_named(string bytes, string kind)
    {
        GraphFormatException fault = Assert.Throws<GraphFormatException>(() => TfLiteModel.Read(Convert.FromHexString(bytes), "net.tflite"));
        Assert.Contains(kind, fault.Problem);
    }

    [Fact]
    public void Another_version_of_the_schema_is_refused()
    {
        byte[] file = new TfLiteBuilder { Version = 2 }.Build();
        Assert.Contains("version: 2 found, 3 expected", Assert.Throws<GraphFormatException>(() => TfLiteModel.Read(file, "net.tflite")).Message);
    }

    [Fact]
    public void A_large_model_that_is_cut_off_after_its_FlatBuffer_is_refused()
    {
        var builder = new TfLiteBuilder { BuffersOutside = true };
        builder.Int8s("w", [8], new sbyte[8]);
        byte[] file = builder.Build();
        TfLiteModel.Read(file, "whole");
        GraphFormatException fault = Assert.Throws<GraphFormatException>(() => TfLiteModel.Read(file.AsMemory(0, file.Length - 1), "net.tflite"));
        Assert.Equal("buffers[1]", fault.Place);
        Assert.Contains($"8 bytes at {file.Length - 8}", fault.Problem);
    }

    [Fact]
    public void A_file_cut_off_anywhere_is_refused()
    {
        byte[] file = OneOperator().Build();
        for (int length = 0; length < file.Length - 16; length++)
        {
            Assert.Throws<GraphFormatException>(() => TfLiteModel.Read(file.AsMemory(0, length), "net.tflite"));
        }
    }

    /// <summary>Tensors 0 x, 1 w (constant), 2 y, 3 a, 4 b (unused); y = x · w.</summary>
    private static TfLiteBuilder OneOperator()
    {
        var builder = new TfLiteBuilder();
        int x = builder.Tensor("x", [1, 2], TfLiteType.Int8, [0.5f], [3]);
        int w = builder.Int8s("w", [2, 2], [1, -2, 3, -4], [0.25f]);
        int y = builder.Tensor("y", [1, 2], TfLiteType.Int8, [1], [-128]);
        builder.Tensor("a", [1, 2], TfLiteType.Int8, [1]);
        builder.Tensor("b", [1, 2], TfLiteType.Int8, [1]);
        builder.Operator(TfLiteOperatorCode.FullyConnected, 4, [x, w, -1], [y], 8);
        builder.Inputs(x);
        builder.Outputs(y);
        return builder;
    }
}
