using Edge.Cli;
using Edge.Detection;
using Edge.Features;
using Edge.Inference;
using Edge.Quantization.Analysis.Comparison;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;

namespace Edge.Quantization.Cli;

/// <summary>What runs a quantized graph.</summary>
internal enum ModelEngine
{
    /// <summary>ONNX Runtime, in float around the integers that the graph rounds to.</summary>
    Onnxruntime,

    /// <summary>The device's integer engine.</summary>
    Edge,
}

/// <summary>A model that a command line names: .onnx or .edge.</summary>
internal static class ModelFile
{
    public static bool IsEdge(string path) => path.EndsWith(".edge", StringComparison.OrdinalIgnoreCase);

    /// <summary>Opens a model in the engine that its kind, or the user, asks for.</summary>
    /// <exception cref="UsageException">The engine cannot run the file.</exception>
    /// <exception cref="InvalidDataException">The file is no usable model.</exception>
    public static ModelRunner Open(string path, ModelEngine? engine, bool outputsOnly = false)
    {
        if (IsEdge(path))
        {
            return engine == ModelEngine.Onnxruntime
                ? throw new UsageException($"{path} is a compiled model and runs in the integer engine alone; --engine onnxruntime is for .onnx.")
                : IntegerModelRunner.Open(path);
        }

        ModelGraph graph = OnnxReader.Read(path);
        if (engine == ModelEngine.Edge)
        {
            return graph.Nodes.Exists(node => node.OpType == "QuantizeLinear")
                ? IntegerModelRunner.Open(graph, $"{path} (integer engine)")
                : throw new UsageException($"{path} is a float model, which the integer engine does not run. `edgec quantize` makes a quantized one; a second model to compare with is a second operand.");
        }

        return new OnnxModelRunner(graph, $"{path} (ONNX Runtime)", outputsOnly);
    }

    /// <summary>The front end that the command line, or else the first of the files that knows it, names; null where none does.</summary>
    public static FrontEndOptions? FrontEnd(Arguments arguments, params ReadOnlySpan<string> paths)
    {
        if (FrontEndArguments.IsGiven(arguments))
        {
            return FrontEndArguments.Read(arguments);
        }

        foreach (string path in paths)
        {
            FrontEndOptions? found = IsEdge(path) ? FrontEndOf(path) : FrontEndArguments.ReadOrNull(arguments, OnnxReader.Read(path));
            if (found is not null)
            {
                return found;
            }
        }

        return null;
    }

    private static FrontEndOptions? FrontEndOf(string path)
    {
        using Model model = Model.Load(path);
        var faults = new List<string>();
        return model.Section(FrontEndPlan.SectionName, faults) is { } section ? FrontEndPlan.Read(section, faults)?.Options : null;
    }
}
