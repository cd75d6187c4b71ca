using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Canonical;

/// <summary>Makes an initializer of every Constant node, in whichever attribute it holds its value.</summary>
internal static class ConstantNodes
{
    public static void Apply(ModelGraph graph)
    {
        foreach (Node node in graph.Nodes.Where(node => node is { OpType: "Constant", Domain: "" }))
        {
            graph.Initializers[node.Outputs[0]] = Value(node)
                ?? throw new GraphFormatException(graph.Name, $"{node}", $"its value is in attribute '{node.Attributes.Keys.FirstOrDefault()}'; expected a tensor or numbers.");
        }

        graph.Nodes.RemoveAll(node => node is { OpType: "Constant", Domain: "" });
    }

    private static Tensor? Value(Node node) => node.Attributes.FirstOrDefault() switch
    {
        { Key: "value", Value: var value } => value.AsTensor,
        { Key: "value_float", Value: var value } => Tensor.Scalar(value.AsFloat),
        { Key: "value_floats", Value: var value } => Tensor.Of([value.AsFloats.Length], value.AsFloats),
        { Key: "value_int", Value: var value } => Tensor.Of([], [value.AsInt]),
        { Key: "value_ints", Value: var value } => Tensor.Vector(value.AsInts),
        _ => null,
    };
}
