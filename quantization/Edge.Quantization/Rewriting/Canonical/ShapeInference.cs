using Edge.OnnxRuntime;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;

namespace Edge.Quantization.Rewriting.Canonical;

/// <summary>Finds type and shape of every value; the inference is ONNX Runtime's own.</summary>
public static class ShapeInference
{
    /// <summary>Larger constants are handed over as inputs: their values cannot be a shape, and need not be copied.</summary>
    private const int LargestShapeConstant = 1024;

    /// <summary>Fills <see cref="ModelGraph.ValueInfos"/> and the outputs' shapes; what cannot be inferred keeps what was declared.</summary>
    /// <param name="graph">The graph.</param>
    /// <exception cref="GraphFormatException">ONNX Runtime refuses the graph; its reason is in the message.</exception>
    /// <exception cref="OnnxRuntimeException">The native library is missing.</exception>
    public static void Apply(ModelGraph graph)
    {
        using OnnxSession session = Open(Skeleton(graph), graph.Name);
        Dictionary<string, ValueInfo> inferred = session.Outputs.ToDictionary(value => value.Name, Convert);
        for (int i = 0; i < graph.Outputs.Count; i++)
        {
            if (inferred.TryGetValue(graph.Outputs[i].Name, out ValueInfo? found))
            {
                graph.Outputs[i] = Merge(graph.Outputs[i], found);
            }
        }

        Dictionary<string, ValueInfo> declared = new(graph.ValueInfos);
        graph.ValueInfos.Clear();
        foreach (ValueInfo value in inferred.Values.Where(value => !graph.IsOutput(value.Name)))
        {
            ValueInfo merged = declared.TryGetValue(value.Name, out ValueInfo? before) ? Merge(before, value) : value;
            if (merged.ElementType != ElementType.Undefined)
            {
                graph.ValueInfos[value.Name] = merged;
            }
        }
    }

    /// <summary>Opens a graph as it is; what ONNX Runtime refuses is a fault of the graph.</summary>
    internal static OnnxSession Open(ModelGraph graph, string source)
    {
        try
        {
            return OnnxSession.Open(OnnxWriter.Write(graph), new() { Optimization = OnnxOptimization.None });
        }
        catch (OnnxRuntimeException e) when (e.Code != OnnxErrorCode.LibraryMissing)
        {
            throw new GraphFormatException(source, "the graph", $"ONNX Runtime refuses it: {e.Message}", e);
        }
    }

    /// <summary>The graph with every value as an output and without large constants.</summary>
    private static ModelGraph Skeleton(ModelGraph graph)
    {
        ModelGraph skeleton = graph.Clone();
        skeleton.ValueInfos.Clear();
        skeleton.Outputs.Clear();
        foreach (string value in skeleton.Nodes.Where(node => node.OpType != "Constant").SelectMany(node => node.Outputs).Where(value => value.Length > 0))
        {
            // What is known already brings symbols that ONNX Runtime cannot find itself.
            skeleton.Outputs.Add(graph.ValueInfos.GetValueOrDefault(value) ?? new ValueInfo(value, ElementType.Undefined, null));
        }

        foreach ((string name, Tensor tensor) in graph.Initializers)
        {
            if (tensor.Count > LargestShapeConstant && tensor.ElementType != ElementType.Int64)
            {
                skeleton.Initializers.Remove(name);
                skeleton.Inputs.Add(graph.Describe(name)!);
            }
        }

        return skeleton;
    }

    /// <summary>ONNX Runtime shows a value of unknown rank like a scalar; neither is said to have a shape here.</summary>
    private static ValueInfo Convert(OnnxValueInfo value)
    {
        Dimension[] shape = [.. value.Dims.Select((size, i) => size >= 0 ? new Dimension(size) : new Dimension(-1, NullIfEmpty(value.Symbols[i])))];
        var type = (ElementType)value.ElementType;
        return new ValueInfo(value.Name, type.SizeBytes() > 0 ? type : ElementType.Undefined, shape.Length > 0 ? shape : null);
    }

    private static ValueInfo Merge(ValueInfo declared, ValueInfo inferred)
    {
        ElementType type = inferred.ElementType == ElementType.Undefined ? declared.ElementType : inferred.ElementType;
        if (inferred.Shape is not { } shape || declared.Shape is not { } old || old.Count != shape.Count)
        {
            return new ValueInfo(declared.Name, type, inferred.Shape ?? declared.Shape);
        }

        return new ValueInfo(declared.Name, type, [.. shape.Select((dim, i) => dim.IsKnown || (dim.Symbol is not null && !old[i].IsKnown) ? dim : old[i])]);
    }

    private static string? NullIfEmpty(string text) => text.Length > 0 ? text : null;
}
