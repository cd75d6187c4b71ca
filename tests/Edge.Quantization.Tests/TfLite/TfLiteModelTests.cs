using System.Buffers.Binary;
using System.Text;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.TfLite;
using Edge.Tests;

namespace Edge.Quantization.Tests.TfLite;

public class TfLiteModelTests
{
    /// <summary>
    /// Public models as a reader of FlatBuffers written in another language finds them: number of tensors and of those with a scale per
    /// channel, the sum of all scales, operators with their versions, the input and the output.
    /// </summary>
    public static TheoryData<string, int, int, double, string, string, string> PublicModels() => new()
    {
        {
            "mlperf-tiny-kws", 35, 18, 4.9071520354555105,
            "1 AVERAGE_POOL_2D 2, 5 CONV_2D 3, 4 DEPTHWISE_CONV_2D 3, 1 FULLY_CONNECTED 4, 1 RESHAPE 1, 1 SOFTMAX 2",
            "input_1: Int8 [1, 49, 10, 1] 0.5847029 83", "Identity: Int8 [1, 12] 0.00390625 -128"
        },
        {
            "mlperf-tiny-ad", 31, 0, 1.2606679438467836, "10 FULLY_CONNECTED 4",
            "input_1: Int8 [1, 640] 0.39101523 89", "Identity: Int8 [1, 640] 0.36449847 96"
        },
        {
            "microwakeword-alexa", 70, 18, 10.472587185769953,
            "6 ASSIGN_VARIABLE 1, 1 CALL_ONCE 1, 6 CONCATENATION 2, 5 CONV_2D 3, 4 DEPTHWISE_CONV_2D 3, 1 FULLY_CONNECTED 4, 1 LOGISTIC 2, 1 QUANTIZE 1, 6 READ_VARIABLE 1, 2 RESHAPE 1, 6 STRIDED_SLICE 2, 6 VAR_HANDLE 1",
            "serving_default_input_audio:0: Int8 [1, 3, 40] 0.101960786 -128", "StatefulPartitionedCall:0: UInt8 [1, 1] 0.00390625 0"
        },
        {
            "microwakeword-okay-nabu", 94, 22, 9.831643756366248,
            "6 ASSIGN_VARIABLE 1, 1 CALL_ONCE 1, 8 CONCATENATION 2, 5 CONV_2D 3, 6 DEPTHWISE_CONV_2D 3, 1 FULLY_CONNECTED 4, 1 LOGISTIC 2, 1 QUANTIZE 1, 6 READ_VARIABLE 1, 2 RESHAPE 1, 2 SPLIT_V 2, 10 STRIDED_SLICE 2, 6 VAR_HANDLE 1",
            "serving_default_input_audio:0: Int8 [1, 3, 40] 0.101960786 -128", "StatefulPartitionedCall:0: UInt8 [1, 1] 0.00390625 0"
        },
        {
            "yamnet-spectra-in", 94, 54, 58.44400089884414,
            "14 CONV_2D 3, 13 DEPTHWISE_CONV_2D 3, 1 DEQUANTIZE 2, 1 FULLY_CONNECTED 4, 1 LOGISTIC 2, 1 MEAN 2, 1 QUANTIZE 1, 1 RESHAPE 1, 1 SPLIT 2",
            "feature_patch_in:0: Float32 [1, 96, 64]", "tower0/network/layer32/final_output:0: Float32 [1, 521]"
        },
    };

    [Theory]
    [MemberData(nameof(PublicModels))]
    public void A_public_model_is_read_whole(string name, int tensors, int perChannel, double scales, string operators, string input, string output)
    {
        TfLiteModel model = TfLiteModel.Read(File.ReadAllBytes(Repository.Shared("models", $"{name}.tflite")), name);
        TfLiteSubgraph main = model.Subgraphs[0];
        Assert.Equal(tensors, main.Tensors.Count);
        Assert.Equal(perChannel, main.Tensors.Count(tensor => tensor.Quantization is { IsPerChannel: true }));
        Assert.Equal(scales, main.Tensors.Sum(tensor => tensor.Quantization?.Scales.Sum(scale => (double)scale) ?? 0), 1e-9);
        Assert.Equal(operators, string.Join(", ", main.Operators.GroupBy(row => $"{row.Name} {row.Version}").OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Count()} {group.Key}")));
        Assert.Equal(input, Describe(main.Tensors[Assert.Single(main.Inputs)]));
        Assert.Equal(output, Describe(main.Tensors[Assert.Single(main.Outputs)]));
    }

    [Fact]
    public void The_variables_of_a_streaming_model_are_set_by_its_second_subgraph()
    {
        TfLiteModel model = TfLiteModel.Read(File.ReadAllBytes(Repository.Shared("models", "microwakeword-alexa.tflite")), "alexa");
        TfLiteOperator call = Assert.Single(model.Subgraphs[0].Operators, row => row.Code == TfLiteOperatorCode.CallOnce);
        TfLiteSubgraph first = model.Subgraphs[call.Options.Int32(0)];
        string[] set = [.. first.Operators.Where(row => row.Code == TfLiteOperatorCode.VarHandle).Select(row => row.Options.Text(1) ?? "?").Order(StringComparer.Ordinal)];
        string[] used = [.. model.Subgraphs[0].Operators.Where(row => row.Code == TfLiteOperatorCode.VarHandle).Select(row => row.Options.Text(1) ?? "?").Order(StringComparer.Ordinal)];
        Assert.Equal(6, set.Distinct().Count());
        Assert.Equal(used, set);
        Assert.Equal(["CONVERSION_METADATA", "min_runtime_version"], model.Metadata.Keys.Order(StringComparer.Ordinal));
        Assert.StartsWith("2.", Encoding.ASCII.GetString(model.Metadata["min_runtime_version"].Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void What_was_written_is_read(bool buffersOutside, bool oldCodes)
    {
        var builder = new TfLiteBuilder { BuffersOutside = buffersOutside, OldCodes = oldCodes };
        int x = builder.Tensor("x", [1, 4], TfLiteType.Int8, [0.5f], [3]);
        int w = builder.Int8s("w", [2, 4], [1, -2, 3, -4, 5, -6, 7, -127], [0.25f, 0.125f]);
        int b = builder.Int32s("x", [2], [70_000, -9], [0.125f, 0.0625f]);
        int y = builder.Tensor("", [1, 2], TfLiteType.Int8, [1], [-128]);
        int state = builder.Tensor("state", [1, 2], TfLiteType.Int8, variable: true);
        builder.Operator(TfLiteOperatorCode.FullyConnected, 4, [x, w, b, -1], [y], 8, options => options.Byte(0, 1).Bool(2, true), [state, -1]);
        builder.Inputs(x);
        builder.Outputs(y);
        builder.Metadata("note", [1, 2, 3]);

        TfLiteModel model = TfLiteModel.Read(builder.Build(), "model");
        TfLiteSubgraph main = Assert.Single(model.Subgraphs);
        Assert.Equal(["x", "w", "x_2", "tensor_3", "state"], main.Tensors.Select(tensor => tensor.Name));
        Assert.Equal<byte>([1, 254, 3, 252, 5, 250, 7, 129], main.Tensors[w].Data.ToArray());
        Assert.True(main.Tensors[x].Data.IsEmpty);
        Assert.Equal([true, true, false], [main.Tensors[w].IsConstant, main.Tensors[b].IsConstant, main.Tensors[x].IsConstant]);
        Assert.Equal(70_000, BinaryPrimitives.ReadInt32LittleEndian(main.Tensors[b].Data.Span));
        Assert.Equal([0.25f, 0.125f], main.Tensors[w].Quantization!.Scales);
        Assert.Equal([-128L], main.Tensors[y].Quantization!.ZeroPoints);
        Assert.True(main.Tensors[state].IsVariable);
        TfLiteOperator row = Assert.Single(main.Operators);
        Assert.Equal((TfLiteOperatorCode.FullyConnected, 4), (row.Code, row.Version));
        Assert.Equal([x, w, b, -1], row.Inputs);
        Assert.Equal([state, -1], row.Intermediates);
        Assert.Equal((1, true, false, 7), (row.Options.Byte(0), row.Options.Bool(2), row.Options.Bool(3), row.Options.Int32(9, 7)));
        Assert.Equal([1, 2, 3], model.Metadata["note"].ToArray());
    }

    [Fact]
    public void An_operator_of_a_number_above_127_is_read_from_the_second_field()
    {
        var builder = new TfLiteBuilder();
        int handle = builder.Tensor("handle", [], TfLiteType.Resource);
        builder.Operator(TfLiteOperatorCode.VarHandle, 1, [], [handle], 111, options => options.Text(1, "state"));
        TfLiteOperator row = Assert.Single(TfLiteModel.Read(builder.Build(), "model").Subgraphs[0].Operators);
        Assert.Equal(("VAR_HANDLE", "state"), (row.Name, row.Options.Text(1)));
    }

    [Fact]
    public void A_bias_that_has_the_axis_of_its_weights_is_read_along_its_own()
    {
        var builder = new TfLiteBuilder();
        builder.Int32s("bias", [2], [1, 2], [0.5f, 0.25f], axis: 3);
        Assert.Equal(0, TfLiteModel.Read(builder.Build(), "model").Subgraphs[0].Tensors[0].Quantization!.Axis);
    }

    [Fact]
    public void What_a_custom_operator_reads_is_not_judged()
    {
        var builder = new TfLiteBuilder();
        int scratch = builder.Tensor("scratch", [64], TfLiteType.UInt8);
        int y = builder.Tensor("y", [1], TfLiteType.Int8, [1]);
        builder.Operator(TfLiteOperatorCode.Custom, 1, [scratch], [y], customCode: "ethos-u");
        TfLiteOperator row = Assert.Single(TfLiteModel.Read(builder.Build(), "model").Subgraphs[0].Operators);
        Assert.Equal("custom operator 'ethos-u'", row.Name);
    }

    [Fact]
    public void All_faults_are_named_at_once()
    {
        var builder = new TfLiteBuilder();
        int x = builder.Tensor("x", [1, -1], TfLiteType.Float32);
        int y = builder.Tensor("y", [1], TfLiteType.String);
        builder.Operator(TfLiteOperatorCode.Tanh, 99, [x], [y]);
        builder.Inputs(x);
        builder.Outputs(y);
        GraphFormatException fault = Assert.Throws<GraphFormatException>(() => TfLiteModel.Read(builder.Build(), "net.tflite"));
        Assert.Equal("subgraphs[0].tensors[0].shape", fault.Place);
        Assert.Contains("subgraphs[0].tensors[1].type: String found", fault.Message);
        Assert.Contains("subgraphs[0].operators[0]: TANH has version 99; up to 3", fault.Message);
    }

    [Fact]
    public void A_small_file_whose_tables_overlap_cannot_describe_a_large_model()
    {
        var builder = new TfLiteBuilder();
        int x = builder.Tensor("x", [1], TfLiteType.Int8);
        for (int i = 0; i < 1000; i++)
        {
            builder.Operator(TfLiteOperatorCode.Tanh, 1, [x], []);
        }

        builder.Inputs(x);
        for (int i = 0; i < 1000; i++)
        {
            builder.Subgraph("empty");
        }

        // Each of the thousand subgraphs becomes the first, so that the file describes a million operators.
        byte[] file = builder.Build();
        int subgraphs = Vector(file, BinaryPrimitives.ReadInt32LittleEndian(file), 2);
        int first = subgraphs + 4 + BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(subgraphs + 4));
        for (int entry = subgraphs + 4; entry < subgraphs + 4 + (4 * 1001); entry += 4)
        {
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(entry), first - entry);
        }

        Assert.Equal(1001, TfLiteModel.Read(builder.Build(), "as written").Subgraphs.Count);
        Assert.Contains("overlap", Assert.Throws<GraphFormatException>(() => TfLiteModel.Read(file, "overlapping")).Problem);
    }

    /// <summary>Where the vector begins that a field of a table points to.</summary>
    private static int Vector(byte[] file, int table, int field)
    {
        int list = table - BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(table));
        int position = table + BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(list + 4 + (2 * field)));
        return position + BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(position));
    }

    private static string Describe(TfLiteTensor tensor) =>
        tensor.Quantization is { } quantization ? $"{tensor} {quantization.Scales[0]} {quantization.ZeroPoints[0]}" : $"{tensor}";
}
