using Edge.Quantization.Calibration;

namespace Edge.Quantization.Analysis.Comparison;

/// <summary>One tensor of two models for one sample, element for element; valid only while it is being visited.</summary>
public readonly ref struct ActivationPair
{
    /// <summary>The tensor's name.</summary>
    public required string Name { get; init; }

    /// <summary>Dimensions as the reference has them.</summary>
    public required ReadOnlySpan<int> Shape { get; init; }

    /// <summary>The reference's elements.</summary>
    public required ReadOnlySpan<float> Reference { get; init; }

    /// <summary>The other model's elements in the reference's order.</summary>
    public required ReadOnlySpan<float> Other { get; init; }

    /// <summary>The coarser step of the two; 0 where both are float.</summary>
    public required double Step { get; init; }
}

/// <summary>Receives one tensor that both models have.</summary>
public delegate void ActivationPairVisitor(ActivationPair pair);

/// <summary>Runs two models over the same samples and shows their tensors in pairs; holds one sample's activations of one model.</summary>
/// <param name="reference">What the other is measured against.</param>
/// <param name="other">The other.</param>
public sealed class PairedRun(ModelRunner reference, ModelRunner other)
{
    private readonly Dictionary<string, Kept> kept = [];
    private readonly AxisAlignment alignment = new();
    private readonly HashSet<string> onlyInOther = [];
    private readonly HashSet<string> differentShapes = [];
    private readonly HashSet<string> paired = [];

    /// <summary>Tensors of the reference in order of execution.</summary>
    public IReadOnlyCollection<string> Order => kept.Keys;

    /// <summary>Tensors that only the reference has.</summary>
    public IReadOnlyList<string> OnlyInReference => [.. kept.Keys.Where(name => !paired.Contains(name) && !differentShapes.Contains(name))];

    /// <summary>Tensors that only the other model has.</summary>
    public IReadOnlyCollection<string> OnlyInOther => onlyInOther;

    /// <summary>Tensors that both have in shapes that cannot be matched.</summary>
    public IReadOnlyCollection<string> DifferentShapes => differentShapes;

    /// <summary>Runs a sample, cut to what both models can run whole.</summary>
    /// <param name="sample">A tensor for each input of the reference.</param>
    /// <param name="visitor">Receives each tensor that both have.</param>
    /// <returns>In how many parts the sample was run; 0 where it is too short.</returns>
    /// <exception cref="InvalidDataException">The sample does not fit a model.</exception>
    public int Run(CalibrationSample sample, ActivationPairVisitor visitor)
    {
        int parts = 0;
        reference.Reset();
        other.Reset();
        foreach (CalibrationSample part in reference.Cut(sample).SelectMany(other.Cut))
        {
            reference.Run(part, Keep);
            other.Run(part, tensor => Pair(tensor, visitor));
            parts++;
        }

        return parts;
    }

    private void Keep(ActivationTensor tensor)
    {
        if (!kept.TryGetValue(tensor.Name, out Kept? copy))
        {
            kept[tensor.Name] = copy = new Kept();
        }

        copy.Values = copy.Values.Length < tensor.Values.Length ? new float[tensor.Values.Length] : copy.Values;
        tensor.Values.CopyTo(copy.Values);
        (copy.Count, copy.Shape, copy.Step) = (tensor.Values.Length, tensor.Shape.ToArray(), tensor.Step);
    }

    private void Pair(ActivationTensor tensor, ActivationPairVisitor visitor)
    {
        string name = tensor.Name == other.Input ? reference.Input : tensor.Name == other.Output ? reference.Output : tensor.Name;
        if (!kept.TryGetValue(name, out Kept? copy))
        {
            onlyInOther.Add(name);
            return;
        }

        ReadOnlySpan<float> values = copy.Values.AsSpan(0, copy.Count);
        ReadOnlySpan<float> aligned = tensor.Values;
        bool sameOrder = reference.GetType() == other.GetType();
        if (sameOrder ? !tensor.Shape.SequenceEqual(copy.Shape) : !alignment.TryAlign(name, values, copy.Shape, tensor.Values, tensor.Shape, out aligned))
        {
            differentShapes.Add(name);
            return;
        }

        paired.Add(name);
        visitor(new ActivationPair { Name = name, Shape = copy.Shape, Reference = values, Other = aligned, Step = Math.Max(copy.Step, tensor.Step) });
    }

    private sealed class Kept
    {
        public float[] Values { get; set; } = [];

        public int Count { get; set; }

        public int[] Shape { get; set; } = [];

        public double Step { get; set; }
    }
}
