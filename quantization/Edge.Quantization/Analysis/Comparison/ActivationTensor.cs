namespace Edge.Quantization.Analysis.Comparison;

/// <summary>One tensor that a model computed for one sample, in real values; valid only while it is being visited.</summary>
public readonly ref struct ActivationTensor
{
    internal ActivationTensor(string name, ReadOnlySpan<float> values, ReadOnlySpan<int> shape, double step)
    {
        Name = name;
        Values = values;
        Shape = shape;
        Step = step;
    }

    /// <summary>The value's name as plans write it: a graph's names are shortened, and a quantized value has the name it had in float.</summary>
    public string Name { get; }

    /// <summary>The elements, row-major.</summary>
    public ReadOnlySpan<float> Values { get; }

    /// <summary>Dimensions, outermost first.</summary>
    public ReadOnlySpan<int> Shape { get; }

    /// <summary>Real value of one step of a quantized tensor; 0 for a float one.</summary>
    public double Step { get; }
}

/// <summary>Receives one tensor of a run.</summary>
public delegate void ActivationVisitor(ActivationTensor tensor);
