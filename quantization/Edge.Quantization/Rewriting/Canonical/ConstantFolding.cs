using System.Runtime.InteropServices;
using Edge.OnnxRuntime;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Canonical;

/// <summary>Computes once what depends on constants alone; ONNX Runtime does the arithmetic.</summary>
internal static class ConstantFolding
{
    /// <summary>A result may be this much larger than the constants it is made of; beyond, the nodes stay so that the file does not blow up.</summary>
    private const long LargestGrowthBytes = 1 << 20;

    // Quantized weights stay int8; random numbers are new in every run.
    private static readonly HashSet<string> Kept =
        ["QuantizeLinear", "DequantizeLinear", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli"];

    /// <summary>Folds what it can; shapes in <see cref="ModelGraph.ValueInfos"/> tell what would become too large.</summary>
    /// <returns>True where the graph changed.</returns>
    public static bool Apply(ModelGraph graph)
    {
        List<Node> foldable = Foldable(graph);
        HashSet<Node> folded = [.. foldable];
        HashSet<string> read = [.. graph.Nodes.Where(node => !folded.Contains(node)).SelectMany(node => node.Inputs)];
        string[] wanted = [.. foldable.SelectMany(node => node.Outputs).Where(read.Contains)];
        if (wanted.Length > 0)
        {
            foreach ((string name, Tensor tensor) in Evaluate(graph, foldable, wanted))
            {
                graph.Initializers[name] = tensor;
            }
        }

        graph.Nodes.RemoveAll(folded.Contains);
        graph.RemoveDeadNodes();
        return foldable.Count > 0;
    }

    private static List<Node> Foldable(ModelGraph graph)
    {
        var constants = graph.Initializers.ToDictionary(pair => pair.Key, pair => (long)pair.Value.Data.Length);
        var foldable = new List<Node>();
        foreach (Node node in graph.Nodes.Where(node => node.Domain.Length == 0 && !Kept.Contains(node.OpType)))
        {
            string[] inputs = [.. node.Inputs.Where(input => input.Length > 0)];
            if (!Array.TrueForAll(inputs, constants.ContainsKey) || node.Outputs.Exists(graph.IsOutput))
            {
                continue;
            }

            long limit = inputs.Sum(input => constants[input]) + LargestGrowthBytes;
            if (node.Outputs.TrueForAll(output => output.Length == 0 || SizeBytes(graph, output) <= limit))
            {
                foldable.Add(node);
                foreach (string output in node.Outputs.Where(output => output.Length > 0))
                {
                    constants[output] = SizeBytes(graph, output);
                }
            }
        }

        return foldable;
    }

    /// <summary>Bytes of a value; what ONNX Runtime cannot tell is small (a scalar, or the rank-less end of shape arithmetic).</summary>
    private static long SizeBytes(ModelGraph graph, string value)
    {
        if (graph.Describe(value) is not { } info || (OnnxElementType)info.ElementType is OnnxElementType.Undefined or OnnxElementType.String
            || !Enum.IsDefined((OnnxElementType)info.ElementType))
        {
            return long.MaxValue; // a type that no session hands out
        }

        if (info.Shape is null)
        {
            return 0;
        }

        Int128 bytes = info.ElementType.SizeBytes();
        foreach (Dimension dimension in info.Shape)
        {
            bytes = dimension.IsKnown ? Int128.Min(bytes * dimension.Size, long.MaxValue) : long.MaxValue;
        }

        return (long)bytes;
    }

    private static Dictionary<string, Tensor> Evaluate(ModelGraph graph, List<Node> nodes, string[] wanted)
    {
        var part = new ModelGraph { Name = graph.Name, IrVersion = graph.IrVersion, OpsetVersion = graph.OpsetVersion };
        part.Nodes.AddRange(nodes.Select(node => node.Clone()));
        part.Outputs.AddRange(wanted.Select(name => new ValueInfo(name, ElementType.Undefined, null)));
        foreach (string input in nodes.SelectMany(node => node.Inputs).Where(graph.Initializers.ContainsKey))
        {
            part.Initializers[input] = graph.Initializers[input];
        }

        var results = new Dictionary<string, Tensor>();
        using OnnxSession session = ShapeInference.Open(part, graph.Name);
        try
        {
            session.Run(new Dictionary<string, OnnxTensor>(), output => results[output.Name] = new Tensor((ElementType)output.ElementType, output.Dims, Bytes(output)));
        }
        catch (OnnxRuntimeException e)
        {
            throw new GraphFormatException(graph.Name, "its constants", $"cannot be computed: {e.Message}", e);
        }

        return results;
    }

    private static byte[] Bytes(OnnxOutput output) => output.ElementType switch
    {
        OnnxElementType.Float32 => Copy<float>(output),
        OnnxElementType.Float64 => Copy<double>(output),
        OnnxElementType.Float16 => Copy<Half>(output),
        OnnxElementType.Int8 => Copy<sbyte>(output),
        OnnxElementType.UInt8 => Copy<byte>(output),
        OnnxElementType.Int16 => Copy<short>(output),
        OnnxElementType.UInt16 => Copy<ushort>(output),
        OnnxElementType.Int32 => Copy<int>(output),
        OnnxElementType.Int64 => Copy<long>(output),
        _ => Copy<bool>(output),
    };

    private static byte[] Copy<T>(OnnxOutput output) where T : unmanaged => MemoryMarshal.AsBytes(output.Elements<T>()).ToArray();
}
