using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>The values around functions of one value (GELU, SiLU) behind convolutions that 16 bits help most for what they cost.</summary>
/// <remarks>
/// Behind a convolution a GELU reads sums with long tails and makes many values near 0: 8 bits cut off the ones or blur the others. Reading 16 costs
/// the function's table alone. Making 16 costs the layers behind it too, which then multiply 16 bits: it is worth that where those are small.
/// Functions behind other layers, as in a transformer's feed-forward network, lose little at 8 bits: layer normalizations before them leave no long tails.
/// </remarks>
internal static class TableValues
{
    /// <summary>Share of the network's products that the layers which read a function may have for it to make 16 bits.</summary>
    private const double SmallShare = 0.05;

    /// <summary>What functions behind convolutions read, and what those make that small layers read.</summary>
    /// <param name="graph">A cleaned-up float graph.</param>
    /// <param name="shapes">Shape of each of its values.</param>
    /// <returns>Each value once.</returns>
    public static IReadOnlyList<string> Find(ModelGraph graph, IReadOnlyDictionary<string, ValueInfo> shapes)
    {
        UnaryExpression[] functions = [.. UnaryExpression.FindAll(graph).Where(function => IsConvolved(graph, function.Source))];
        double most = SmallShare * ModelCost.Of(graph, shapes).MultiplyAccumulates;
        IEnumerable<string> made = functions.Select(function => function.Last.Outputs[0]).Where(value => Products(graph, value, shapes) <= most);
        return [.. functions.Select(function => function.Source).Concat(made).Distinct()];
    }

    /// <summary>Whether a convolution makes a value, but for normalizations and what only moves it.</summary>
    private static bool IsConvolved(ModelGraph graph, string value) => graph.ProducerOf(value) is { } maker
        && (maker.OpType is "Conv" or "ConvTranspose"
            || ((ActivationGroups.IsMove(maker) || maker.OpType.EndsWith("Normalization", StringComparison.Ordinal)) && IsConvolved(graph, maker.Inputs[0])));

    /// <summary>Products of the layers that read a value, behind what only moves it.</summary>
    private static long Products(ModelGraph graph, string value, IReadOnlyDictionary<string, ValueInfo> shapes) => graph.ConsumersOf(value).Sum(
        reader => ActivationGroups.IsMove(reader) ? reader.Outputs.Sum(output => Products(graph, output, shapes)) : ModelCost.Products(graph, reader, shapes));
}
