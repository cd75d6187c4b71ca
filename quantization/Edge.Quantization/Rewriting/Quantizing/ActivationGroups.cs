using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>Which float values of a graph share one quantization, and which it is.</summary>
/// <remarks>An operator that only moves values (Reshape, Split, MaxPool …) reads and writes the same integers, so its values form a group.</remarks>
internal sealed class ActivationGroups
{
    private static readonly HashSet<string> Moves =
    [
        "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice", "Split", "Gather", "Expand", "Tile", "Pad", "MaxPool",
        "Concat", "DepthToSpace", "SpaceToDepth",
    ];

    private static readonly HashSet<string> NotFloat =
        ["Shape", "Size", "NonZero", "ArgMax", "ArgMin", "Cast", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Not", "And", "Or", "IsNaN", "IsInf"];

    private readonly ModelGraph graph;
    private readonly IReadOnlyDictionary<string, (float Min, float Max)> ranges;
    private readonly HashSet<string> floats = [];
    private readonly Dictionary<string, string> parents = []; // a value to another of its group, the representative to itself
    private readonly Dictionary<string, Group> groups = []; // by representative

    /// <summary>Finds the groups.</summary>
    /// <param name="graph">A float graph in topological order.</param>
    /// <param name="ranges">What calibration saw.</param>
    /// <param name="options">Bits of the values.</param>
    public ActivationGroups(ModelGraph graph, IReadOnlyDictionary<string, (float Min, float Max)> ranges, QuantizeOptions options)
    {
        (this.graph, this.ranges) = (graph, ranges);
        floats.UnionWith(graph.Inputs.Where(input => input.ElementType == ElementType.Float32).Select(input => input.Name));
        foreach (Node node in graph.Nodes)
        {
            floats.UnionWith(node.Outputs.Where(output => output.Length > 0 && IsFloat(node, output)));
            TieIfMoved(node);
        }

        foreach (string value in graph.Inputs.Select(input => input.Name).Where(floats.Contains))
        {
            Add(value, maker: null, options);
        }

        foreach (Node node in graph.Nodes)
        {
            foreach (string output in node.Outputs.Where(floats.Contains))
            {
                Add(output, node, options);
            }
        }
    }

    /// <summary>What is known of a group of values.</summary>
    private sealed class Group
    {
        public float Min { get; set; }

        public float Max { get; set; }

        public bool Seen { get; set; }

        public int Bits { get; set; } = 8;

        public QuantizationParameters? Known { get; set; }

        /// <summary>Operators that compute values of the group; "" for an input of the graph.</summary>
        public HashSet<string> Sources { get; } = [];
    }

    /// <summary>True where the operator only moves the elements of its inputs.</summary>
    public static bool IsMove(Node node) => Moves.Contains(node.OpType);

    /// <summary>True for a float value that nodes or the caller exchange, constants apart.</summary>
    public bool Contains(string value) => floats.Contains(value);

    /// <summary>The values of the group that a value belongs to, itself among them.</summary>
    public IEnumerable<string> SharedWith(string value)
    {
        string group = Representative(value);
        return floats.Where(other => Representative(other) == group);
    }

    /// <summary>Scale, zero point and bits of a value.</summary>
    /// <exception cref="GraphFormatException">Calibration saw no range for it.</exception>
    public QuantizationParameters ParametersOf(string value)
    {
        Group group = groups[Representative(value)];
        if (group.Known is { } given)
        {
            return given;
        }

        QuantizationParameters? known = group.Sources switch
        {
            _ when group.Sources.IsSubsetOf(["Softmax", "Sigmoid"]) => QuantizationParameters.Probability,
            _ when group.Sources.IsSubsetOf(["Scan"]) => QuantizationParameters.Spikes,
            _ when group.Sources.IsSubsetOf(["Tanh"]) => new QuantizationParameters(1f / 128, 0),
            _ => null,
        };
        if (known is null && !group.Seen)
        {
            throw new GraphFormatException(graph.Name, $"value '{value}'", "calibration saw no range for it.");
        }

        return (known, group.Bits) switch
        {
            _ when known == QuantizationParameters.Spikes => QuantizationParameters.Spikes,
            (null, 8) => QuantizationParameters.Asymmetric(group.Min, group.Max),
            ({ } fixedOne, 8) => fixedOne,
            (null, _) => QuantizationParameters.Symmetric16(group.Min, group.Max),
            _ => new QuantizationParameters(1f / 32768, 0, 16),
        };
    }

    /// <summary>Scale and zero point of what a layer with weights reads of a value of 16 bits that it takes in 8; null where it reads the value itself.</summary>
    public QuantizationParameters? NarrowParametersOf(string value) =>
        groups[Representative(value)] is { Known: null } group && ParametersOf(value).Bits == 16 ? QuantizationParameters.Asymmetric(group.Min, group.Max) : null;

    private bool IsFloat(Node node, string output) => graph.Describe(output)?.ElementType switch
    {
        ElementType.Float32 => true,
        null or ElementType.Undefined => ranges.ContainsKey(output) || (!NotFloat.Contains(node.OpType) && node.Inputs.Exists(floats.Contains)),
        _ => false,
    };

    private void TieIfMoved(Node node)
    {
        if (!IsMove(node))
        {
            return;
        }

        // Concat alone has several data inputs; the others' further inputs are shapes, bounds and indices.
        IEnumerable<string> data = node.OpType == "Concat" ? node.Inputs : node.Inputs.Take(1);
        foreach (string value in data.Concat(node.Outputs).Where(floats.Contains).ToList())
        {
            parents[Representative(value)] = Representative(node.Outputs[0]);
        }
    }

    private void Add(string value, Node? maker, QuantizeOptions options)
    {
        string representative = Representative(value);
        if (!groups.TryGetValue(representative, out Group? group))
        {
            groups[representative] = group = new Group();
        }

        group.Bits = Math.Max(group.Bits, options.ActivationBitsOf(value));
        group.Known ??= options.KnownValues.TryGetValue(value, out QuantizationParameters given) ? given : null;
        if (ranges.TryGetValue(value, out (float Min, float Max) range))
        {
            Widen(group, range.Min, range.Max);
            group.Seen = true;
        }

        if (maker is null || !IsMove(maker))
        {
            group.Sources.Add(maker?.OpType ?? "");
            return;
        }

        // What a Concat joins on or a Pad fills with is a constant that must fit.
        foreach (string input in maker.OpType switch { "Concat" => maker.Inputs, "Pad" => maker.Inputs.Skip(2).Take(1), _ => [] })
        {
            if (graph.Constant(input) is { ElementType: ElementType.Float32, Count: > 0 } constant)
            {
                float[] elements = constant.ToFloats();
                Widen(group, elements.Min(), elements.Max());
                if (elements.Any(element => element != 0))
                {
                    group.Sources.Add("");
                }
            }
        }
    }

    private static void Widen(Group group, float min, float max) => (group.Min, group.Max) = (Math.Min(group.Min, min), Math.Max(group.Max, max));

    private string Representative(string value)
    {
        string root = value;
        while (parents.TryGetValue(root, out string? next) && next != root)
        {
            root = next;
        }

        // Shortens the way of everything on it, so that long chains stay cheap.
        while (parents.TryGetValue(value, out string? next) && next != root && next != value)
        {
            parents[value] = root;
            value = next;
        }

        return root;
    }
}
