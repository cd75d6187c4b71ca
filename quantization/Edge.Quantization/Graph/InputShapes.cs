namespace Edge.Quantization.Graph;

/// <summary>Gives open dimensions of a graph's inputs their numbers.</summary>
public static class InputShapes
{
    /// <summary>Operators that a graph of fixed shapes does not need.</summary>
    private static readonly HashSet<string> ShapeOperators = ["Shape", "Size", "Range", "ConstantOfShape", "NonZero"];

    /// <summary>Sets the shape of an input; a symbol that gets a number here gets it in the other inputs and outputs too.</summary>
    /// <param name="graph">The graph; what was known of the values between its nodes is forgotten.</param>
    /// <param name="name">The input.</param>
    /// <param name="dims">All of its dimensions, outermost first.</param>
    /// <exception cref="ArgumentException">There is no such input, or the dimensions contradict what it declares.</exception>
    public static void SetInputShape(this ModelGraph graph, string name, params long[] dims)
    {
        int index = graph.Inputs.FindIndex(input => input.Name == name);
        if (index < 0)
        {
            throw new ArgumentException($"The graph has no input '{name}'; it has {string.Join(", ", graph.Inputs)}.", nameof(name));
        }

        ValueInfo input = graph.Inputs[index];
        IReadOnlyList<Dimension> shape = input.Shape ?? [.. dims.Select(_ => Dimension.Unknown)];
        bool fits = shape.Count == dims.Length && dims.All(dim => dim > 0) && !shape.Where((dim, i) => dim.IsKnown && dim.Size != dims[i]).Any();
        if (!fits)
        {
            throw new ArgumentException($"The shape [{string.Join(", ", dims)}] does not fit input {input}.", nameof(dims));
        }

        var numbers = new Dictionary<string, long>();
        for (int i = 0; i < dims.Length; i++)
        {
            if (shape[i].Symbol is { } symbol && !numbers.TryAdd(symbol, dims[i]) && numbers[symbol] != dims[i])
            {
                throw new ArgumentException($"Dimension '{symbol}' of input {input} would be {numbers[symbol]} and {dims[i]}.", nameof(dims));
            }
        }

        graph.Inputs[index] = input with { Shape = [.. dims.Select(dim => new Dimension(dim))] };
        Substitute(graph.Inputs, numbers);
        Substitute(graph.Outputs, numbers);
        graph.ValueInfos.Clear();
    }

    /// <summary>Checks that a cleaned-up graph computes no shapes at run time, as is needed where all memory is planned ahead.</summary>
    /// <exception cref="GraphFormatException">It does, because an input has open dimensions; the message says how to give them.</exception>
    public static void RequireFixedShapes(this ModelGraph graph)
    {
        Node? first = graph.Nodes.Find(node => node.Domain.Length == 0 && ShapeOperators.Contains(node.OpType));
        ValueInfo? open = graph.Inputs.Find(input => input.StaticShape is null);
        if (first is null || open is null)
        {
            return;
        }

        string example = $"{open.Name}={string.Join(',', open.Shape?.Select((dim, i) => dim.IsKnown ? dim.Size : i == 0 ? 1 : 100) ?? [1, 100, 40])}";
        throw new GraphFormatException(
            graph.Name, $"input '{open.Name}'", $"its shape {open} is open, and {first} depends on it; give its shape, for example --input-shape {example}, or export the model with fixed shapes.");
    }

    private static void Substitute(List<ValueInfo> values, Dictionary<string, long> numbers)
    {
        for (int i = 0; i < values.Count; i++)
        {
            if (values[i].Shape is { } shape)
            {
                values[i] = values[i] with
                {
                    Shape = [.. shape.Select(dim => dim.Symbol is { } symbol && numbers.TryGetValue(symbol, out long size) ? new Dimension(size) : dim)],
                };
            }
        }
    }
}
