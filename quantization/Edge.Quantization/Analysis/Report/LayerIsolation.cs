using Edge.OnnxRuntime;
using Edge.Quantization.Analysis.Comparison;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;

namespace Edge.Quantization.Analysis.Report;

/// <summary>What the quantization of one layer alone costs at the model's output: the float model with that layer's value and constants quantized.</summary>
internal sealed class LayerIsolation
{
    private readonly ModelGraph graph;
    private readonly IReadOnlyList<(CalibrationSample Sample, float[] Output)> references;

    /// <summary>Runs the float model.</summary>
    /// <param name="graph">The float graph.</param>
    /// <param name="samples">The samples to measure with; their outputs are kept.</param>
    public LayerIsolation(ModelGraph graph, IEnumerable<CalibrationSample> samples)
    {
        this.graph = graph;
        using OnnxSession session = Open(graph);
        references = [.. samples.Select(sample => (sample, Output(session, sample)))];
    }

    /// <summary>The float output against the output of the model in which only <paramref name="layer"/> is quantized.</summary>
    public TensorDifference Measure(AnalyzedLayer layer)
    {
        var difference = new TensorDifference();
        using OnnxSession session = Open(Quantize(graph, layer));
        foreach ((CalibrationSample sample, float[] output) in references)
        {
            difference.Add(output, Output(session, sample), 0);
        }

        return difference;
    }

    /// <summary>A copy of a float graph in which one layer is quantized.</summary>
    internal static ModelGraph Quantize(ModelGraph graph, AnalyzedLayer layer)
    {
        ModelGraph isolated = graph.Clone();
        foreach (((string output, int input), Tensor constant) in layer.StoredConstants)
        {
            Node node = isolated.ProducerOf(output)!;
            string name = isolated.UniqueName($"{node.Inputs[input]}.restored");
            isolated.Initializers[name] = constant;
            node.Inputs[input] = name;
        }

        InsertRounding(isolated, layer.Value);
        isolated.OpsetVersion = Math.Max(isolated.OpsetVersion, layer.Value.Bits == 16 ? 21 : 10);
        return isolated;
    }

    /// <summary>value → QuantizeLinear → DequantizeLinear → readers.</summary>
    private static void InsertRounding(ModelGraph graph, QuantizedValue value)
    {
        string scale = Constant(graph, "isolated.scale", Tensor.Scalar(value.Parameters.Scale));
        string zeroPoint = Constant(graph, "isolated.zero_point", ZeroPoint(value));
        string source = value.Name;
        string restored = graph.UniqueName("isolated.restored");
        if (graph.IsOutput(value.Name))
        {
            source = graph.UniqueName("isolated.float");
            Node producer = graph.ProducerOf(value.Name)!;
            producer.Outputs[producer.Outputs.IndexOf(value.Name)] = source;
            graph.ReplaceUses(value.Name, source);
            restored = value.Name;
        }
        else
        {
            graph.ReplaceUses(value.Name, restored);
        }

        string stored = graph.UniqueName("isolated.stored");
        graph.Nodes.Add(new Node("QuantizeLinear", [source, scale, zeroPoint], [stored]));
        graph.Nodes.Add(new Node("DequantizeLinear", [stored, scale, zeroPoint], [restored]));
        graph.SortTopologically();
        graph.RemoveDeadNodes();
    }

    private static Tensor ZeroPoint(QuantizedValue value)
    {
        int zero = value.Parameters.ZeroPoint;
        return (value.Bits, value.Signed) switch
        {
            (8, true) => Tensor.Of([], [(sbyte)zero]),
            (8, false) => new Tensor(ElementType.UInt8, [], new[] { (byte)zero }),
            (_, true) => new Tensor(ElementType.Int16, [], BitConverter.GetBytes((short)zero)),
            _ => new Tensor(ElementType.UInt16, [], BitConverter.GetBytes((ushort)zero)),
        };
    }

    private static string Constant(ModelGraph graph, string stem, Tensor tensor)
    {
        string name = graph.UniqueName(stem);
        graph.Initializers[name] = tensor;
        return name;
    }

    private static OnnxSession Open(ModelGraph graph) => OnnxSession.Open(OnnxWriter.Write(graph), new OnnxSessionOptions { Optimization = OnnxOptimization.Basic });

    private float[] Output(OnnxSession session, CalibrationSample sample)
    {
        float[] values = [];
        session.Run(sample.Tensors, output => values = output.Name == graph.Outputs[0].Name ? output.Elements<float>().ToArray() : values);
        return values;
    }
}
