namespace Edge.Quantization.Graph;

/// <summary>One operator of a graph, with the names of the values it reads and writes.</summary>
public sealed class Node
{
    /// <summary>Makes a node.</summary>
    /// <param name="opType">The operator, as ONNX calls it ("Conv").</param>
    /// <param name="inputs">Names of the values read; "" stands for an optional input that is absent.</param>
    /// <param name="outputs">Names of the values written; "" stands for an optional output that is absent.</param>
    /// <param name="name">The node's own name; may be empty.</param>
    public Node(string opType, IEnumerable<string> inputs, IEnumerable<string> outputs, string name = "")
    {
        OpType = opType;
        Inputs = [.. inputs];
        Outputs = [.. outputs];
        Name = name;
    }

    /// <summary>The operator, as ONNX calls it ("Conv").</summary>
    public string OpType { get; set; }

    /// <summary>The operator set it belongs to; "" is ONNX's own.</summary>
    public string Domain { get; set; } = "";

    /// <summary>The node's own name; may be empty.</summary>
    public string Name { get; set; }

    /// <summary>Names of the values read; "" stands for an optional input that is absent.</summary>
    public List<string> Inputs { get; }

    /// <summary>Names of the values written; "" stands for an optional output that is absent.</summary>
    public List<string> Outputs { get; }

    /// <summary>The attributes by name.</summary>
    public Dictionary<string, AttributeValue> Attributes { get; init; } = [];

    /// <summary>Name of input <paramref name="index"/>, or null where it is absent.</summary>
    public string? Input(int index) => index < Inputs.Count && Inputs[index].Length > 0 ? Inputs[index] : null;

    /// <summary>The integer attribute <paramref name="name"/>, or <paramref name="fallback"/> where it is not set.</summary>
    /// <exception cref="GraphFormatException">It is set to another kind; so for every getter here.</exception>
    public long Int(string name, long fallback) => Find(name, AttributeKind.Int)?.AsInt ?? fallback;

    /// <summary>The float attribute <paramref name="name"/>, or <paramref name="fallback"/> where it is not set.</summary>
    public float Float(string name, float fallback) => Find(name, AttributeKind.Float)?.AsFloat ?? fallback;

    /// <summary>The string attribute <paramref name="name"/>, or <paramref name="fallback"/> where it is not set.</summary>
    public string String(string name, string fallback) => Find(name, AttributeKind.String)?.AsString ?? fallback;

    /// <summary>The integers of attribute <paramref name="name"/>, or <paramref name="fallback"/> where it is not set.</summary>
    public ReadOnlySpan<long> Ints(string name, params ReadOnlySpan<long> fallback) =>
        Find(name, AttributeKind.Ints) is { } found ? found.AsInts : fallback.ToArray();

    /// <summary>The floats of attribute <paramref name="name"/>, or <paramref name="fallback"/> where it is not set.</summary>
    public ReadOnlySpan<float> Floats(string name, params ReadOnlySpan<float> fallback) =>
        Find(name, AttributeKind.Floats) is { } found ? found.AsFloats : fallback.ToArray();

    /// <summary>The tensor attribute <paramref name="name"/>, or null where it is not set.</summary>
    public Tensor? Tensor(string name) => Find(name, AttributeKind.Tensor)?.AsTensor;

    /// <summary>The graph attribute <paramref name="name"/>, or null where it is not set.</summary>
    public ModelGraph? Graph(string name) => Find(name, AttributeKind.Graph)?.AsGraph;

    /// <summary>A copy whose lists can be changed without changing this node.</summary>
    public Node Clone() => new(OpType, Inputs, Outputs, Name) { Domain = Domain, Attributes = new(Attributes) };

    /// <summary>The node as messages name it: operator and name, or operator and first output where it has no name.</summary>
    public override string ToString() => Name.Length > 0 ? $"{OpType} '{Name}'" : $"{OpType} making '{Outputs.FirstOrDefault()}'";

    private AttributeValue? Find(string name, AttributeKind kind)
    {
        if (!Attributes.TryGetValue(name, out AttributeValue? found))
        {
            return null;
        }

        return found.Kind == kind
            ? found
            : throw new GraphFormatException($"{this}", $"attribute '{name}'", $"expected {kind}, found {found.Kind} ({found}).");
    }
}
