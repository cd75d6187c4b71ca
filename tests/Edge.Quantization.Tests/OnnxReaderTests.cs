using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Tests;

namespace Edge.Quantization.Tests;

public sealed class OnnxReaderTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("edge-onnx-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void A_real_model_is_read_whole()
    {
        ModelGraph graph = OnnxReader.Read(Repository.Shared("models", "basic-pitch.onnx"));
        Assert.Equal(15, graph.OpsetVersion);
        Assert.Equal(248, graph.Nodes.Count);
        Assert.Equal(102, graph.Initializers.Count);
        Assert.Equal("serving_default_input_2:0: Float32 [unk__749, 43844, 1]", $"{Assert.Single(graph.Inputs)}");
        Assert.Equal(3, graph.Outputs.Count);
    }

    [Fact]
    public void A_subgraph_is_refused_by_node_name()
    {
        string path = Repository.Shared("models", "silero-vad-16k.onnx");
        GraphFormatException fault = Assert.Throws<GraphFormatException>(() => OnnxReader.Read(path));
        Assert.Contains("If '/model/decoder/If'", fault.Place);
        Assert.Contains("subgraphs", fault.Message);
        Assert.Contains(path, fault.Message);
    }

    /// <summary>Field of TensorProto, element type, and what its typed field holds for the values 1 and 2.</summary>
    [Theory]
    [InlineData(5, ElementType.Int32)]
    [InlineData(5, ElementType.Int8)]
    [InlineData(5, ElementType.UInt8)]
    [InlineData(5, ElementType.Int16)]
    [InlineData(5, ElementType.UInt16)]
    [InlineData(7, ElementType.Int64)]
    [InlineData(11, ElementType.UInt32)]
    [InlineData(11, ElementType.UInt64)]
    public void Integers_in_typed_fields_are_read_packed_and_not(int field, ElementType type)
    {
        Assert.Equal([1L, 2], ReadTensor(type, 2, t => t.Bytes(field, new byte[] { 1, 2 })).ToLongs());
        Tensor loose = ReadTensor(type, 2, t =>
        {
            t.Int(field, 1);
            t.Int(field, 2);
        });
        Assert.Equal([1L, 2], loose.ToLongs());
    }

    [Fact]
    public void Negative_integers_in_typed_fields_keep_their_sign()
    {
        Assert.Equal(new sbyte[] { -128 }, ReadTensor(ElementType.Int8, 1, t => t.Int(5, -128)).ToSBytes());
        Assert.Equal([int.MinValue], ReadTensor(ElementType.Int32, 1, t => t.Int(5, int.MinValue)).ToInts());
    }

    [Fact]
    public void Floats_in_typed_fields_are_read()
    {
        Assert.Equal([1.5f, -2], ReadTensor(ElementType.Float32, 2, t => t.Bytes(4, Bytes(1.5f, -2f))).ToFloats());
        Assert.Equal([1.5f], ReadTensor(ElementType.Float32, 1, t => t.Float(4, 1.5f)).ToFloats());
        Assert.Equal([0.1f], ReadTensor(ElementType.Float64, 1, t => t.Bytes(10, BitConverter.GetBytes(0.1))).ToFloats());
        Assert.Equal([1.5f], ReadTensor(ElementType.Float16, 1, t => t.Int(5, 0x3E00)).ToFloats());
        Assert.Equal([1.5f], ReadTensor(ElementType.BFloat16, 1, t => t.Int(5, 0x3FC0)).ToFloats());
    }

    [Theory]
    [InlineData(10)]
    [InlineData(22)]
    public void An_operator_set_out_of_range_is_refused(int opset)
    {
        ModelGraph graph = TestGraphs.Convolution();
        graph.OpsetVersion = opset;
        Assert.Contains($"{opset} found", Assert.Throws<GraphFormatException>(() => OnnxReader.Read(OnnxWriter.Write(graph))).Message);
    }

    [Fact]
    public void Constants_listed_as_inputs_are_taken_off_the_inputs()
    {
        ModelGraph graph = TestGraphs.Convolution();
        byte[] bytes = Model(m =>
        {
            m.Message(1, n =>
            {
                n.Element(1, "w");
                n.Element(2, "y");
                n.Text(4, "Neg");
            });
            m.Message(5, t => WriteTensor(t, "w", ElementType.Int8, 1, inner => inner.Int(5, 3)));
            m.Message(11, v => v.Text(1, "w"));
            m.Message(12, v => v.Text(1, "y"));
        });
        graph = OnnxReader.Read(bytes);
        Assert.Empty(graph.Inputs);
        Assert.Equal(4, graph.IrVersion);
    }

    [Fact]
    public void External_data_are_read_from_the_model_s_folder()
    {
        File.WriteAllBytes(Path.Combine(folder.FullName, "weights.bin"), [9, 9, 1, 2, 9]);
        Assert.Equal(new sbyte[] { 1, 2 }, ReadExternal(("location", "weights.bin"), ("offset", "2"), ("length", "2")).ToSBytes());
    }

    [Theory]
    [InlineData("../outside.bin")]
    [InlineData("/etc/passwd")]
    [InlineData("sub/../../outside.bin")]
    [InlineData("")]
    [InlineData("missing.bin")]
    [InlineData("a\0b")]
    [InlineData(".")]
    public void External_data_elsewhere_or_missing_are_refused(string location)
    {
        Assert.Contains("'w'", Assert.Throws<GraphFormatException>(() => ReadExternal(("location", location))).Place);
    }

    [Fact]
    public void External_data_behind_a_link_are_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "making links needs rights on Windows");
        File.CreateSymbolicLink(Path.Combine(folder.FullName, "link.bin"), "/etc/hostname");
        Assert.Contains("link", Assert.Throws<GraphFormatException>(() => ReadExternal(("location", "link.bin"))).Message);
    }

    [Theory]
    [InlineData("4", "2")]
    [InlineData("99999999999999999999", "2")]
    [InlineData("-1", "2")]
    [InlineData("9223372036854775807", "9223372036854775807")]
    [InlineData("0", "5")]
    public void External_data_beyond_the_file_are_refused(string offset, string length)
    {
        File.WriteAllBytes(Path.Combine(folder.FullName, "weights.bin"), [1, 2, 3, 4]);
        Assert.Throws<GraphFormatException>(() => ReadExternal(("location", "weights.bin"), ("offset", offset), ("length", length)));
    }

    [Fact]
    public void External_data_of_a_model_without_a_folder_are_refused()
    {
        byte[] bytes = ExternalModel([("location", "weights.bin")]);
        Assert.Contains("by its path", Assert.Throws<GraphFormatException>(() => OnnxReader.Read(bytes)).Message);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0x0B, 0x0C })]
    public void Bytes_that_are_no_model_are_refused(byte[] bytes)
    {
        Assert.Throws<GraphFormatException>(() => OnnxReader.Read(bytes));
    }

    [Fact]
    public void Unknown_fields_are_skipped()
    {
        byte[] bytes = OnnxWriter.Write(TestGraphs.Convolution());
        var unknown = new WireWriter();
        unknown.Int(1000, -1);
        unknown.Float(1001, 1);
        unknown.Element(1002, "later");
        using var stream = new MemoryStream();
        unknown.Save(stream);
        Assert.Equal(3, OnnxReader.Read([.. stream.ToArray(), .. bytes, .. stream.ToArray()]).Nodes.Count);
    }

    [Fact]
    public void Damaged_files_give_a_graph_or_the_documented_exception_and_nothing_else()
    {
        ModelGraph graph = TestGraphs.Convolution();
        graph.Nodes.Insert(0, new Node("Constant", [], ["k"]) { Attributes = { ["value"] = Tensor.Of([2, 2], (float[])[1, 2, 3, 4]) } });
        byte[] original = OnnxWriter.Write(graph);
        var random = new Random(1);
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] damaged = Damage(original, random);
            try
            {
                OnnxReader.Read(damaged);
            }
            catch (GraphFormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 10_000, 19_999);
    }

    private static byte[] Damage(byte[] original, Random random)
    {
        byte[] damaged = original[..(random.Next(3) == 0 ? random.Next(original.Length) : original.Length)];
        for (int flips = random.Next(1, 5); flips > 0 && damaged.Length > 0; flips--)
        {
            int at = random.Next(damaged.Length);
            damaged[at] = random.Next(2) == 0 ? (byte)(damaged[at] ^ 1 << random.Next(8)) : (byte)random.Next(256);
        }

        return damaged;
    }

    private static byte[] Bytes(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private static byte[] Model(Action<WireWriter> graph)
    {
        var model = new WireWriter();
        model.Int(1, 3);
        model.Message(7, graph);
        model.Message(8, opset => opset.Int(2, 17));
        using var stream = new MemoryStream();
        model.Save(stream);
        return stream.ToArray();
    }

    private static void WriteTensor(WireWriter tensor, string name, ElementType type, long count, Action<WireWriter> data)
    {
        tensor.Int(1, count);
        tensor.Int(2, (long)type);
        tensor.Text(8, name);
        data(tensor);
    }

    private static Tensor ReadTensor(ElementType type, long count, Action<WireWriter> data) =>
        OnnxReader.Read(Model(graph => graph.Message(5, t => WriteTensor(t, "w", type, count, data)))).Initializers["w"];

    private static byte[] ExternalModel((string Key, string Value)[] location) =>
        Model(graph => graph.Message(5, t => WriteTensor(t, "w", ElementType.Int8, 2, data =>
        {
            data.Int(14, 1);
            foreach ((string key, string value) in location)
            {
                data.Message(13, pair =>
                {
                    pair.Text(1, key);
                    pair.Text(2, value);
                });
            }
        })));

    private Tensor ReadExternal(params (string Key, string Value)[] location)
    {
        string path = Path.Combine(folder.FullName, "model.onnx");
        File.WriteAllBytes(path, ExternalModel(location));
        return OnnxReader.Read(path).Initializers["w"];
    }
}
