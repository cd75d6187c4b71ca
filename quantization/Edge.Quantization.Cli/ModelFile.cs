using Edge.Cli;
using Edge.Detection;
using Edge.Features;
using Edge.Inference;
using Edge.Quantization.Analysis.Comparison;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Cli;

/// <summary>What runs a quantized graph.</summary>
internal enum ModelEngine
{
    /// <summary>ONNX Runtime, in float around the integers that the graph rounds to.</summary>
    Onnxruntime,

    /// <summary>The device's integer engine.</summary>
    Edge,
}

/// <summary>A model that a command line names: .onnx, .tflite or .edge.</summary>
internal static class ModelFile
{
    public static bool IsEdge(string path) => path.EndsWith(".edge", StringComparison.OrdinalIgnoreCase);

    public static bool IsTfLite(string path) => path.EndsWith(".tflite", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads an .onnx or .tflite file into a graph that messages call by the file's name.</summary>
    /// <exception cref="UsageException">The file is a compiled model.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <inheritdoc cref="OnnxReader.Read(string)" path="/exception"/>
    public static ModelGraph Read(string path)
    {
        if (IsEdge(path))
        {
            throw new UsageException($"{path} is a compiled model; expected the .onnx or .tflite file that it was built from.");
        }

        RequireFile(path);
        ModelGraph graph = IsTfLite(path) ? TfLiteReader.Read(path) : OnnxReader.Read(path);
        graph.Name = Path.GetFileName(path);
        return graph.Outputs.Count > 0 ? graph : throw new GraphFormatException(path, "model.graph", "it has no output, and nothing could be read from it. Export the model again.");
    }

    /// <summary>Checks that a file is there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What it is to hold.</param>
    /// <exception cref="FileNotFoundException">It is not, or is a folder.</exception>
    public static void RequireFile(string path, string expected = "a model")
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: there is {(Directory.Exists(path) ? "a folder, and no file, of this name" : "no such file")}; expected {expected}. Check the path.", path);
        }
    }

    /// <summary>Opens a model in the engine that its kind, or the user, asks for.</summary>
    /// <exception cref="UsageException">The engine cannot run the file.</exception>
    /// <exception cref="InvalidDataException">The file is no usable model.</exception>
    public static ModelRunner Open(string path, ModelEngine? engine, bool outputsOnly = false)
    {
        if (IsEdge(path))
        {
            return engine == ModelEngine.Onnxruntime
                ? throw new UsageException($"{path} is a compiled model and runs in the integer engine alone; --engine onnxruntime is for .onnx.")
                : OpenCompiled(path);
        }

        ModelGraph graph = Read(path);
        if (engine == ModelEngine.Edge)
        {
            return graph.Nodes.Exists(node => node.OpType == "QuantizeLinear")
                ? IntegerModelRunner.Open(graph, $"{path} (integer engine)")
                : throw new UsageException($"{path} is a float model, which the integer engine does not run. `edgec quantize` makes a quantized one; a second model to compare with is a second operand.");
        }

        return new OnnxModelRunner(graph, $"{path} (ONNX Runtime)", outputsOnly);
    }

    /// <summary>Opens an .edge file in the integer engine.</summary>
    /// <exception cref="InvalidDataException">The file is no usable model.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static IntegerModelRunner OpenCompiled(string path)
    {
        RequireFile(path);
        return IntegerModelRunner.Open(path);
    }

    /// <summary>The front end that the command line, or else the first of the files that knows it, names, and the real value of one step of its integers.</summary>
    /// <returns>Nulls where none does; a unit of null for what the fractional bits say.</returns>
    public static (FrontEndOptions? FrontEnd, float? Unit) FrontEnd(Arguments arguments, params ReadOnlySpan<string> paths)
    {
        bool given = FrontEndArguments.IsGiven(arguments);
        foreach (string path in paths)
        {
            if (IsEdge(path))
            {
                if (!given && FrontEndOf(path) is { FrontEnd: not null } found)
                {
                    return found;
                }

                continue;
            }

            ModelGraph graph = Read(path);
            if (given || ModelMetadata.FrontEndParameters(graph) is not null)
            {
                return FrontEndArguments.ReadWithUnit(arguments, graph);
            }
        }

        return given ? (FrontEndArguments.Read(arguments), null) : (null, null);
    }

    private static (FrontEndOptions? FrontEnd, float? Unit) FrontEndOf(string path)
    {
        RequireFile(path);
        using Model model = Model.Load(path);
        var faults = new List<string>();
        return model.Section(FrontEndPlan.SectionName, faults) is { } section && FrontEndPlan.Read(section, faults) is { } plan
            ? (plan.Options, FeatureUnit.Of(plan.Options, plan.Quantizer, model.Input.Scale))
            : (null, null);
    }
}
