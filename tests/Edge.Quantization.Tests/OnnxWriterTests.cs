using Edge.OnnxRuntime;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Tests;

namespace Edge.Quantization.Tests;

public sealed class OnnxWriterTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("edge-onnx-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void What_is_written_is_read_again()
    {
        ModelGraph graph = TestGraphs.Convolution();
        graph.Opsets["com.microsoft"] = 1;
        graph.Producer = "test";
        graph.ValueInfos["relu"] = new ValueInfo("relu", ElementType.Float32, ["batch", 3, Dimension.Unknown]);
        graph.Nodes[1].Domain = "com.microsoft";
        graph.Nodes[1].Inputs.Add("");
        Node all = graph.Nodes[2];
        all.Attributes["float"] = 0.1f;
        all.Attributes["int"] = -5;
        all.Attributes["string"] = "é";
        all.Attributes["tensor"] = Tensor.Of([0, 2], (sbyte[])[]);
        all.Attributes["floats"] = new[] { 1.5f, float.NaN, float.NegativeInfinity };
        all.Attributes["ints"] = new[] { long.MinValue, 0, long.MaxValue };
        all.Attributes["strings"] = new[] { "", "b" };
        all.Attributes["empty"] = Array.Empty<long>();

        ModelGraph read = OnnxReader.Read(OnnxWriter.Write(graph));

        Assert.Equal(graph.Opsets, read.Opsets);
        Assert.Equal(graph.Metadata, read.Metadata);
        Assert.Equal("test", read.Producer);
        Assert.Equal("convolution", read.Name);
        Assert.Equal(graph.Inputs.Select(Text), read.Inputs.Select(Text));
        Assert.Equal(graph.Outputs.Select(Text), read.Outputs.Select(Text));
        Assert.Equal("relu: Float32 [batch, 3, ?]", Text(read.ValueInfos["relu"]));
        Assert.Equal(graph.Nodes.Select(Text), read.Nodes.Select(Text));
        foreach ((string name, Tensor tensor) in graph.Initializers)
        {
            Assert.Equal(tensor.Dims.ToArray(), read.Initializers[name].Dims.ToArray());
            Assert.Equal(tensor.ToFloats(), read.Initializers[name].ToFloats());
        }
    }

    [Fact]
    public void A_written_file_appears_whole_and_leaves_nothing_beside_it()
    {
        string path = Path.Combine(folder.FullName, "m.onnx");
        File.WriteAllText(path, "old");
        OnnxWriter.Write(TestGraphs.Convolution(), path);
        Assert.Equal(OnnxWriter.Write(TestGraphs.Convolution()), File.ReadAllBytes(path));
        Assert.Single(folder.GetFiles());
    }

    [Fact]
    public void An_inconsistent_graph_is_not_written()
    {
        string path = Path.Combine(folder.FullName, "m.onnx");
        ModelGraph graph = TestGraphs.Convolution();
        graph.Nodes.RemoveAt(0);
        Assert.Throws<GraphFormatException>(() => OnnxWriter.Write(graph, path));
        Assert.Empty(folder.GetFiles());
    }

    [Fact]
    public void ONNX_Runtime_computes_what_the_graph_says()
    {
        TestGraphs.RequireOnnxRuntime();
        using OnnxSession session = OnnxSession.Open(OnnxWriter.Write(TestGraphs.Convolution()));
        float[] x = TestGraphs.Ramp(10, 4);
        Assert.Equal(Expected(x), session.Run(TestGraphs.ConvolutionInput(x))["y"].Elements<float>(), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void Models_read_and_written_give_identical_outputs()
    {
        TestGraphs.RequireOnnxRuntime();
        string[] paths = [Repository.Shared("models", "basic-pitch.onnx"), .. Directory.GetFiles(Repository.PathTo("quantization", "recipes"), "*.onnx", SearchOption.AllDirectories)];
        Assert.True(paths.Length > 2);
        foreach (string path in paths)
        {
            ModelGraph graph = OnnxReader.Read(path);
            Dictionary<string, OnnxTensor> inputs = Equivalence.RandomInputs(graph, openSize: 40);
            using OnnxSession original = OnnxSession.Open(path);
            using OnnxSession written = OnnxSession.Open(OnnxWriter.Write(graph));
            IReadOnlyDictionary<string, OnnxTensor> expected = original.Run(inputs), actual = written.Run(inputs);
            Assert.Equal(graph.Outputs.Count, expected.Count);
            Assert.All(expected, pair => Assert.Equal(pair.Value.Elements<float>(), actual[pair.Key].Elements<float>()));
        }
    }

    /// <summary>The convolution graph in double precision, from its definition.</summary>
    private static float[] Expected(float[] x)
    {
        ModelGraph graph = TestGraphs.Convolution();
        float[] w = graph.Constant("w")!.ToFloats();
        float[] b = graph.Constant("b")!.ToFloats();
        var y = new float[3];
        for (int o = 0; o < 3; o++)
        {
            double sum = 0;
            for (int t = 0; t < 5; t++)
            {
                double value = b[o];
                for (int c = 0; c < 2; c++)
                {
                    for (int k = 0; k < 3; k++)
                    {
                        int at = t + k - 1;
                        value += at is >= 0 and < 5 ? w[o * 6 + c * 3 + k] * (double)x[c * 5 + at] : 0;
                    }
                }

                sum += Math.Max(value, 0);
            }

            y[o] = (float)(sum / 5);
        }

        return y;
    }

    private static string Text(ValueInfo value) => $"{value}";

    private static string Text(Node node)
    {
        IEnumerable<string> attributes = node.Attributes.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}:{pair.Value.Kind}={pair.Value}");
        return $"{node} {node.Domain}({string.Join(",", node.Inputs)})->({string.Join(",", node.Outputs)}) {string.Join(" ", attributes)}";
    }
}
