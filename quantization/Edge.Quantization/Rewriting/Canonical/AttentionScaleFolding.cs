using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Rewriting.Canonical;

/// <summary>Folds the scale of attention scores into the weights and bias of the query's projection, or of the key's.</summary>
internal static class AttentionScaleFolding
{
    /// <summary>Folds where the scaled values are read by the attention alone.</summary>
    public static void Apply(ModelGraph graph)
    {
        foreach (AttentionPattern attention in AttentionPattern.FindAll(graph))
        {
            if (attention is not { ScaledLayer: { } layer, ScaleNodes.Count: > 0 })
            {
                continue;
            }

            double[] scale = [.. Enumerable.Repeat(attention.Scale, layer.Channels)];
            bool hasBias = layer.BiasAdd is not null || layer.Product.Input(2) is not null;
            layer.Change(scale, hasBias ? [.. layer.Bias().Select(b => b * attention.Scale)] : null);
            foreach (Node node in attention.ScaleNodes)
            {
                int data = graph.Constant(node.Inputs[0]) is null ? 0 : 1;
                (node.Inputs[0], node.Inputs[data]) = (node.Inputs[data], node.Inputs[0]);
                graph.Bypass(node);
            }
        }

        graph.RemoveDeadNodes();
    }
}
