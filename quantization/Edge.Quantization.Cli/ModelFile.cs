using Edge.Cli;
using Edge.Quantization.Analysis;
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
}
