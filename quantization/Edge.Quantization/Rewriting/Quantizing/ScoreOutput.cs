using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>Makes a classifier's outputs probabilities, as detectors read them.</summary>
public static class ScoreOutput
{
    /// <summary>Appends the function that training left to the loss: softmax over several labels, the logistic function for one.</summary>
    /// <param name="graph">A float graph; changed unless its output passes through one of them already.</param>
    /// <param name="labels">Number of labels.</param>
    /// <returns>What was appended; null where nothing was.</returns>
    public static string? Append(ModelGraph graph, int labels)
    {
        if (graph.Outputs is not [var output] || graph.ProducerOf(output.Name) is not { } last || IsProbability(graph, last))
        {
            return null;
        }

        string function = labels > 1 ? "Softmax" : "Sigmoid";
        string logits = graph.UniqueName($"{output.Name}.logits");
        last.Outputs[last.Outputs.IndexOf(output.Name)] = logits;
        graph.ReplaceUses(output.Name, logits);
        var node = new Node(function, [logits], [output.Name], function);
        if (labels > 1)
        {
            node.Attributes["axis"] = -1L;
        }

        graph.Nodes.Add(node);
        return function;
    }

    private static bool IsProbability(ModelGraph graph, Node? node)
    {
        while (node is { Inputs.Count: > 0 } && (ActivationGroups.IsMove(node) || node.OpType is "Identity" or "DequantizeLinear" or "QuantizeLinear"))
        {
            node = graph.ProducerOf(node.Inputs[0]);
        }

        return node?.OpType is "Softmax" or "Sigmoid" or "HardSigmoid";
    }
}
