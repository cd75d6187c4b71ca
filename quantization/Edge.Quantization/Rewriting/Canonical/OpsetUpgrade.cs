using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Canonical;

/// <summary>Rewrites every operator of ONNX's own set to its spelling in opset 21, so that the other passes know one spelling only.</summary>
/// <remarks>Source of what changed in which version: ONNX's Changelog.md. Operators that are not named here mean the same in 11 to 21.</remarks>
public static class OpsetUpgrade
{
    /// <summary>The opset that graphs are brought to.</summary>
    public const int TargetOpset = 21;

    private const long TargetIrVersion = 10;

    /// <summary>Rewrites the nodes; a graph of a newer opset is left alone.</summary>
    /// <param name="graph">The graph, its shapes inferred.</param>
    /// <exception cref="GraphFormatException">Operators cannot be written in opset 21; the message names them all.</exception>
    public static void Apply(ModelGraph graph)
    {
        long opset = graph.OpsetVersion;
        if (opset >= TargetOpset)
        {
            return;
        }

        var faults = new List<string>();
        foreach (Node node in graph.Nodes.Where(node => node.Domain.Length == 0).ToList())
        {
            if (Rewrite(graph, node, opset) is { } problem)
            {
                faults.Add($"{node} of opset {opset} {problem}.");
            }
        }

        if (faults.Count > 0)
        {
            throw new GraphFormatException(graph.Name, $"{faults.Count} node(s) have no form in opset {TargetOpset}", string.Join(" ", faults));
        }

        graph.OpsetVersion = TargetOpset;
        graph.IrVersion = Math.Max(graph.IrVersion, TargetIrVersion);
    }

    /// <summary>Rewrites one node; returns why where it cannot.</summary>
    private static string? Rewrite(ModelGraph graph, Node node, long opset)
    {
        switch (node.OpType)
        {
            case "Squeeze" or "Unsqueeze" or "ReduceSum" when opset < 13:
            case "ReduceL1" or "ReduceL2" or "ReduceLogSum" or "ReduceLogSumExp" or "ReduceMax" or "ReduceMean" or "ReduceMin" or "ReduceProd" or "ReduceSumSquare" when opset < 18:
                MoveToInput(graph, node, "axes", 1);
                break;
            case "Split" when opset < 18:
                MoveToInput(graph, node, "split", 1);
                if (node.Input(1) is null)
                {
                    node.Attributes["num_outputs"] = (long)node.Outputs.Count;
                }

                break;
            case "Softmax" or "LogSoftmax" or "Hardmax" when opset < 13:
                FlattenAround(graph, node);
                break;
            case "Dropout" when opset < 12:
                node.Attributes.Remove("ratio"); // of no meaning in inference
                break;
            case "BatchNormalization" when opset < 14 && node.Outputs.Count > 1:
            case "BatchNormalization" when node.Int("training_mode", 0) != 0:
                return "normalizes by the batch at hand; export the model in evaluation mode";
            case "Resize" when opset < 13:
                return RewriteResize(graph, node);
            case "RoiAlign" when opset < 16:
                node.Attributes["coordinate_transformation_mode"] = "output_half_pixel";
                break;
            case "DFT" when opset < 20:
                MoveAxisOfTransform(graph, node);
                break;
            case "GridSample" when opset < 20:
                node.Attributes["mode"] = node.String("mode", "bilinear") switch { "bilinear" => "linear", "bicubic" => "cubic", var mode => mode };
                break;
            case "GroupNormalization":
                return "has scale and bias per group, which opset 21 has per channel; export it with opset 21, or with opset 17 as simpler operators";
            case "Upsample" or "Scatter":
                return "was taken out of ONNX before opset 11; export the model again";
        }

        return null;
    }

    private static void MoveToInput(ModelGraph graph, Node node, string attribute, int index)
    {
        if (node.Attributes.ContainsKey(attribute))
        {
            AddInput(graph, node, index, Tensor.Vector(node.Ints(attribute)), attribute);
            node.Attributes.Remove(attribute);
        }
    }

    private static void AddInput(ModelGraph graph, Node node, int index, Tensor value, string stem)
    {
        while (node.Inputs.Count <= index)
        {
            node.Inputs.Add("");
        }

        node.Inputs[index] = graph.UniqueName($"{node.Outputs[0]}.{stem}");
        graph.Initializers[node.Inputs[index]] = value;
    }

    /// <summary>
    /// Before opset 13 all axes from <c>axis</c> on counted as one. That is today's meaning where it is the last axis; else the value is
    /// flattened before and gets its shape back behind.
    /// </summary>
    private static void FlattenAround(ModelGraph graph, Node node)
    {
        int? rank = graph.Describe(node.Inputs[0])?.Shape?.Count;
        long axis = node.Int("axis", 1);
        if (axis == -1 || axis == rank - 1)
        {
            node.Attributes["axis"] = -1L;
            return;
        }

        string input = node.Inputs[0], output = node.Outputs[0];
        string shape = graph.UniqueName($"{output}.shape");
        string flat = graph.UniqueName($"{output}.flat");
        string result = graph.UniqueName($"{output}.normalized");
        int at = graph.Nodes.IndexOf(node);
        node.Attributes["axis"] = -1L;
        node.Inputs[0] = flat;
        node.Outputs[0] = result;
        graph.Nodes.Insert(at, new Node("Flatten", [input], [flat], flat) { Attributes = { ["axis"] = axis } });
        graph.Nodes.Insert(at + 1, new Node("Shape", [input], [shape], shape));
        graph.Nodes.Insert(at + 3, new Node("Reshape", [result, shape], [output], $"{output}.restored"));
    }

    /// <summary>Opset 11 wants "roi", and "scales" beside "sizes", as empty tensors where they say nothing; later they are left out.</summary>
    private static string? RewriteResize(ModelGraph graph, Node node)
    {
        if (node.String("coordinate_transformation_mode", "half_pixel") == "tf_half_pixel_for_nn")
        {
            return "has the coordinate mode tf_half_pixel_for_nn, which was taken out of ONNX; export with half_pixel or asymmetric";
        }

        for (int i = 1; i < node.Inputs.Count; i++)
        {
            if (graph.Constant(node.Input(i)) is { Count: 0 })
            {
                node.Inputs[i] = "";
            }
        }

        return null;
    }

    private static void MoveAxisOfTransform(ModelGraph graph, Node node)
    {
        AddInput(graph, node, 2, Tensor.Of([], [node.Int("axis", 1)]), "axis");
        node.Attributes.Remove("axis");
    }
}
