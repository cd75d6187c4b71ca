using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Rewriting.Canonical;

/// <summary>Makes one node of an activation function that an exporter wrote as several: Gelu, HardSwish, HardSigmoid, Mish.</summary>
/// <remarks>SiLU has no operator in opset 21 and stays Sigmoid and Mul.</remarks>
internal static class ActivationRecognition
{
    public static void Apply(ModelGraph graph)
    {
        foreach (Node last in graph.Nodes.ToList())
        {
            foreach (UnaryExpression expression in UnaryExpression.Ending(graph, last).Where(e => e.Interior.Count > 0))
            {
                if (Single(expression) is { } node)
                {
                    node.Name = last.Name;
                    graph.Nodes[graph.Nodes.IndexOf(last)] = node;
                    graph.Nodes.RemoveAll(expression.Interior.Contains);
                    break;
                }
            }
        }
    }

    private static Node? Single(UnaryExpression expression)
    {
        return expression.Name switch
        {
            KnownFunctions.Gelu => Make("Gelu"),
            KnownFunctions.GeluTanh => Make("Gelu", ("approximate", "tanh")),
            KnownFunctions.HardSwish => Make("HardSwish"),
            KnownFunctions.HardSigmoid => Make("HardSigmoid", ("alpha", 1f / 6), ("beta", 0.5f)),
            KnownFunctions.Mish => Make("Mish"),
            _ => null,
        };

        Node Make(string operatorType, params (string Name, AttributeValue Value)[] attributes) =>
            new(operatorType, [expression.Source], expression.Last.Outputs) { Attributes = attributes.ToDictionary(a => a.Name, a => a.Value) };
    }
}
