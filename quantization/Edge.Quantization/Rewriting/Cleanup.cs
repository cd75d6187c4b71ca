using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting;

/// <summary>Brings an exported float graph to the form that the other passes expect: no Constant, Identity or Dropout nodes, batch normalization in the weights.</summary>
public static class Cleanup
{
    /// <summary>Applies every clean-up; the graph computes the same as before, up to rounding.</summary>
    public static void Apply(ModelGraph graph)
    {
        foreach (Node node in graph.Nodes.ToList())
        {
            if (node is { OpType: "Constant" } && node.Tensor("value") is { } tensor)
            {
                graph.Initializers[node.Outputs[0]] = tensor;
                graph.Nodes.Remove(node);
            }
            else if (node.OpType is "Identity" or "Dropout" && graph.ProducerOf(node.Inputs[0]) is not null)
            {
                graph.Bypass(node);
            }
        }

        foreach (Node node in graph.Nodes.Where(n => n.OpType == "BatchNormalization").ToList())
        {
            FoldBatchNormalization(graph, node);
        }

        graph.RemoveDeadNodes();
    }

    /// <summary>y = γ·(conv(x) − μ)/√(σ² + ε) + β becomes a convolution with scaled weights and a new bias.</summary>
    private static void FoldBatchNormalization(ModelGraph graph, Node node)
    {
        if (graph.ProducerOf(node.Inputs[0]) is not { OpType: "Conv" } convolution
            || graph.ConsumersOf(convolution.Outputs[0]).Count != 1 || graph.IsOutput(convolution.Outputs[0])
            || graph.Constant(convolution.Inputs[1]) is not { } weights)
        {
            return; // stays; the compiler names it if it cannot lower it
        }

        float[] gamma = Parameter(graph, node, 1), beta = Parameter(graph, node, 2), mean = Parameter(graph, node, 3), variance = Parameter(graph, node, 4);
        float epsilon = node.Float("epsilon", 1e-5f);
        float[] scaled = weights.ToFloats();
        float[] bias = graph.Constant(convolution.Input(2))?.ToFloats() ?? new float[gamma.Length];
        int perChannel = scaled.Length / gamma.Length;
        for (int c = 0; c < gamma.Length; c++)
        {
            double factor = gamma[c] / Math.Sqrt((double)variance[c] + epsilon);
            bias[c] = (float)((bias[c] - mean[c]) * factor + beta[c]);
            foreach (ref float weight in scaled.AsSpan(c * perChannel, perChannel))
            {
                weight = (float)(weight * factor);
            }
        }

        string stem = convolution.Outputs[0];
        string weightName = graph.UniqueName($"{stem}.weight");
        graph.Initializers[weightName] = Tensor.Of(weights.Dims, scaled);
        string biasName = graph.UniqueName($"{stem}.bias");
        graph.Initializers[biasName] = Tensor.Of([bias.Length], bias);
        string[] inputs = [convolution.Inputs[0], weightName, biasName];
        convolution.Inputs.Clear();
        convolution.Inputs.AddRange(inputs);
        graph.Bypass(node);
    }

    private static float[] Parameter(ModelGraph graph, Node node, int index) =>
        graph.Constant(node.Input(index))?.ToFloats()
        ?? throw new GraphFormatException(graph.Name, $"{node}", $"input {index} is computed; expected a constant. Export the model in evaluation mode.");
}
