using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>How many bits a quantized graph spends, and where.</summary>
public sealed record QuantizeOptions
{
    /// <summary>A scale for each output channel of a weight; otherwise one for the whole of it.</summary>
    public bool PerChannelWeights { get; init; } = true;

    /// <summary>Bits of a weight, symmetric about 0: 8 (-127 to 127) or 4 (-7 to 7).</summary>
    public int WeightBits { get; init; } = 8;

    /// <summary>Bits of a value between nodes: 8 (asymmetric) or 16 (symmetric).</summary>
    public int ActivationBits { get; init; } = 8;

    /// <summary>Bits of single layers' weights, by the name of the value that the Conv, Gemm or MatMul makes.</summary>
    public IReadOnlyDictionary<string, int> LayerWeightBits { get; init; } = new Dictionary<string, int>();

    /// <summary>Bits of single values; values that share their quantization take the most that one of them asks for.</summary>
    public IReadOnlyDictionary<string, int> ValueBits { get; init; } = new Dictionary<string, int>();

    /// <summary>Layers with weights read values of 16 bits rounded to 8, while sums and normalizations read all 16: most of the gain at the speed of 8.</summary>
    public bool NarrowLayers { get; init; }

    /// <summary>Scale and zero point of values whose steps are known before any calibration.</summary>
    public IReadOnlyDictionary<string, QuantizationParameters> KnownValues { get; init; } = new Dictionary<string, QuantizationParameters>();

    /// <summary>
    /// The same for a network of samples in full scale 1, whose input a convolution reads: its values are the sound's own of 16 bits, and what the
    /// convolution gives a normalization over time has 16 bits too, so that quiet sound is not lost before it is made loud.
    /// </summary>
    /// <param name="graph">A float graph as it was exported.</param>
    public QuantizeOptions ForSamples(ModelGraph graph)
    {
        if (graph.Inputs is not [var input] || ReaderOf(graph, input.Name) is not { OpType: "Conv" } first)
        {
            return this;
        }

        QuantizeOptions options = this with
        {
            KnownValues = new Dictionary<string, QuantizationParameters>(KnownValues) { [input.Name] = new QuantizationParameters(1f / (1 << 15), 0, 16) },
        };
        return ReaderOf(graph, first.Outputs[0]) is { OpType: "InstanceNormalization" } ? options.Widen([first.Outputs[0]]) : options;
    }

    /// <summary>The one node that reads a value, behind those that only move it; null where there are several or none.</summary>
    private static Node? ReaderOf(ModelGraph graph, string value)
    {
        Node? reader = graph.ConsumersOf(value) is [var only] ? only : null;
        while (reader is not null && ActivationGroups.IsMove(reader))
        {
            reader = graph.ConsumersOf(reader.Outputs[0]) is [var next] ? next : null;
        }

        return reader;
    }

    /// <summary>Bits of the weights of the layer that makes <paramref name="value"/>.</summary>
    public int WeightBitsOf(string value) => LayerWeightBits.GetValueOrDefault(value, WeightBits);

    /// <summary>Bits of a value.</summary>
    public int ActivationBitsOf(string value) => ValueBits.GetValueOrDefault(value, ActivationBits);

    /// <summary>The same with 16 bits for some values.</summary>
    internal QuantizeOptions Widen(IEnumerable<string> values)
    {
        var bits = new Dictionary<string, int>(ValueBits);
        foreach (string value in values)
        {
            bits[value] = 16;
        }

        return this with { ValueBits = bits };
    }

    /// <summary>Checks that every number of bits is one that there is.</summary>
    /// <exception cref="ArgumentException">One is not.</exception>
    internal void Check()
    {
        foreach (int bits in LayerWeightBits.Values.Append(WeightBits))
        {
            if (bits is not (8 or 4))
            {
                throw new ArgumentException($"Weights of {bits} bits; expected 8 or 4.");
            }
        }

        foreach (int bits in ValueBits.Values.Append(ActivationBits))
        {
            if (bits is not (8 or 16))
            {
                throw new ArgumentException($"Values of {bits} bits; expected 8 or 16.");
            }
        }
    }
}
