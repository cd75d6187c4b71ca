namespace Edge.Quantization.Graph;

/// <summary>The kind of an attribute; the numbers are those of ONNX's AttributeProto.AttributeType.</summary>
public enum AttributeKind
{
    /// <summary>One float.</summary>
    Float = 1,

    /// <summary>One 64-bit integer.</summary>
    Int = 2,

    /// <summary>One string.</summary>
    String = 3,

    /// <summary>One constant tensor.</summary>
    Tensor = 4,

    /// <summary>One graph: the body of a Scan.</summary>
    Graph = 5,

    /// <summary>A list of floats.</summary>
    Floats = 6,

    /// <summary>A list of 64-bit integers.</summary>
    Ints = 7,

    /// <summary>A list of strings.</summary>
    Strings = 8,
}

/// <summary>An immutable attribute of a node; made by conversion from what it holds.</summary>
public sealed class AttributeValue
{
    private readonly object value;

    private AttributeValue(AttributeKind kind, object value)
    {
        Kind = kind;
        this.value = value;
    }

    /// <summary>What it holds.</summary>
    public AttributeKind Kind { get; }

    /// <summary>The float.</summary>
    /// <exception cref="InvalidOperationException">It holds another kind; so for every getter here.</exception>
    public float AsFloat => As<float>(AttributeKind.Float);

    /// <summary>The integer.</summary>
    public long AsInt => As<long>(AttributeKind.Int);

    /// <summary>The string.</summary>
    public string AsString => As<string>(AttributeKind.String);

    /// <summary>The tensor.</summary>
    public Tensor AsTensor => As<Tensor>(AttributeKind.Tensor);

    /// <summary>The graph, which copies of the node share: not to be changed.</summary>
    public ModelGraph AsGraph => As<ModelGraph>(AttributeKind.Graph);

    /// <summary>The floats.</summary>
    public ReadOnlySpan<float> AsFloats => As<float[]>(AttributeKind.Floats);

    /// <summary>The integers.</summary>
    public ReadOnlySpan<long> AsInts => As<long[]>(AttributeKind.Ints);

    /// <summary>The strings.</summary>
    public IReadOnlyList<string> AsStrings => As<string[]>(AttributeKind.Strings);

    /// <summary>Holds a float.</summary>
    public static implicit operator AttributeValue(float value) => new(AttributeKind.Float, value);

    /// <summary>Holds an integer.</summary>
    public static implicit operator AttributeValue(long value) => new(AttributeKind.Int, value);

    /// <summary>Holds a string.</summary>
    public static implicit operator AttributeValue(string value) => new(AttributeKind.String, value);

    /// <summary>Holds a tensor.</summary>
    public static implicit operator AttributeValue(Tensor value) => new(AttributeKind.Tensor, value);

    /// <summary>Holds a graph.</summary>
    public static implicit operator AttributeValue(ModelGraph value) => new(AttributeKind.Graph, value);

    /// <summary>Holds floats; the array is copied.</summary>
    public static implicit operator AttributeValue(float[] value) => new(AttributeKind.Floats, value.Clone());

    /// <summary>Holds integers; the array is copied.</summary>
    public static implicit operator AttributeValue(long[] value) => new(AttributeKind.Ints, value.Clone());

    /// <summary>Holds strings; the array is copied.</summary>
    public static implicit operator AttributeValue(string[] value) => new(AttributeKind.Strings, value.Clone());

    /// <inheritdoc/>
    public override string ToString() => value switch
    {
        float[] floats => $"[{string.Join(", ", floats)}]",
        long[] ints => $"[{string.Join(", ", ints)}]",
        string[] strings => $"[{string.Join(", ", strings)}]",
        ModelGraph graph => $"graph '{graph.Name}' of {graph.Nodes.Count} nodes",
        _ => $"{value}",
    };

    private T As<T>(AttributeKind wanted) =>
        Kind == wanted ? (T)value : throw new InvalidOperationException($"The attribute is a {Kind} ({this}), not a {wanted}.");
}
