using System.Globalization;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Checkpoints.Wav2Small;

/// <summary>The tensors of a Wav2Small2.0 under the names of its module, which may stand below any other name in the file.</summary>
internal sealed class Wav2SmallWeights
{
    private const string Anchor = "vgg7.sof.weight";

    private readonly Checkpoint checkpoint;
    private readonly string prefix;
    private readonly HashSet<string> used = [];

    private Wav2SmallWeights(Checkpoint checkpoint, string prefix) => (this.checkpoint, this.prefix) = (checkpoint, prefix);

    /// <summary>Finds the network; null where the file holds none.</summary>
    public static Wav2SmallWeights? Find(Checkpoint checkpoint) =>
        checkpoint.Tensors.Keys.Where(name => name == Anchor || name.EndsWith($".{Anchor}", StringComparison.Ordinal)).MinBy(name => name.Length) is { } anchor
            ? new Wav2SmallWeights(checkpoint, anchor[..^Anchor.Length])
            : null;

    /// <summary>A tensor as floats.</summary>
    /// <exception cref="GraphFormatException">The file lacks it, it has another shape, or holds what is no number.</exception>
    public float[] Load(string name, params ReadOnlySpan<long> dims)
    {
        CheckpointTensor tensor = checkpoint.Tensors.GetValueOrDefault(prefix + name)
            ?? throw Fault(name, $"the file lacks it; expected a whole Wav2Small2.0, [{string.Join(", ", dims.ToArray())}] under this name.");
        if (!tensor.Dims.SequenceEqual(dims))
        {
            throw Fault(name, $"it is {tensor}; expected [{string.Join(", ", dims.ToArray())}].");
        }

        used.Add(prefix + name);
        float[] values = tensor.Load().ToFloats();
        return Array.TrueForAll(values, float.IsFinite) ? values : throw Fault(name, "it holds NaN or infinity; the training had diverged, or the file is damaged.");
    }

    /// <summary>Refuses a table of constants that is not what is expected.</summary>
    /// <exception cref="GraphFormatException">As <see cref="Load"/>, or an element differs by more than the tolerance.</exception>
    public void RequireNear(string name, double[] expected, double tolerance, params ReadOnlySpan<long> dims)
    {
        float[] values = Load(name, dims);
        int worst = Enumerable.Range(0, values.Length).MaxBy(i => Math.Abs(values[i] - expected[i]));
        if (Math.Abs(values[worst] - expected[worst]) > tolerance)
        {
            throw Fault(name, string.Create(
                CultureInfo.InvariantCulture,
                $"element {worst} is {values[worst]:g6}; expected {expected[worst]:g6} within {tolerance:g2}. The device computes the published front end (64 samples every 32, periodic Hann, 26 Slaney mel bands), and no other can stand before this network."));
        }
    }

    /// <summary>Leaves a tensor out, if there is one of the name: nothing depends on it.</summary>
    public void Skip(string name) => used.Add(prefix + name);

    /// <summary>Refuses a file whose trunk has tensors that nobody loaded: it is another network then. Further heads are left out.</summary>
    /// <exception cref="GraphFormatException">It has.</exception>
    public void RequireAllUsed()
    {
        if (checkpoint.Tensors.Keys.FirstOrDefault(name => name.StartsWith($"{prefix}vgg7.", StringComparison.Ordinal) && !used.Contains(name)) is { } unknown)
        {
            throw new GraphFormatException(checkpoint.Source, $"tensor '{unknown}'", "Wav2Small2.0 does not have it; expected seven convolutions, vgg7.l1 to l7, and vgg7.lin and vgg7.sof.");
        }
    }

    private GraphFormatException Fault(string name, string problem) => new(checkpoint.Source, $"tensor '{prefix}{name}'", problem);
}
