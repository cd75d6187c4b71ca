using System.Globalization;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>One step of quantization and what it brought.</summary>
/// <param name="Name">What was done.</param>
/// <param name="SqnrDb">Signal to quantization noise of the outputs with it, in decibels.</param>
/// <param name="Kept">Whether the result has it.</param>
public sealed record QuantizationStep(string Name, double SqnrDb, bool Kept);

/// <summary>A network that was quantized, and how it went.</summary>
public sealed record PostTrainingResult
{
    /// <summary>The cleaned-up float graph that it is measured against.</summary>
    public required ModelGraph Real { get; init; }

    /// <summary>The quantized graph.</summary>
    public required ModelGraph Quantized { get; init; }

    /// <summary>Bits of each part.</summary>
    public required QuantizeOptions Bits { get; init; }

    /// <summary>How ranges were found.</summary>
    public required RangeMethod Range { get; init; }

    /// <summary>The steps in order; each was measured on the held samples.</summary>
    public required IReadOnlyList<QuantizationStep> Steps { get; init; }

    /// <summary>What learned rounding did; empty where it was not used.</summary>
    public required IReadOnlyList<RoundedLayer> Rounded { get; init; }

    /// <summary>Error of every quantized value, with all errors before it, in the graph's order.</summary>
    public required IReadOnlyList<ValueError> Values { get; init; }

    /// <summary>Signal to quantization noise of the outputs on the held samples, in decibels.</summary>
    public required double SqnrDb { get; init; }

    /// <summary>Samples that ranges and methods were calibrated on.</summary>
    public required int Samples { get; init; }

    /// <summary>Samples that only measured.</summary>
    public required int HeldSamples { get; init; }

    /// <summary>The methods used, in words: what a model file says of its origin.</summary>
    public string Methods => string.Join(", ", Steps.Where(step => step.Kept).Select(step => step.Name));

    /// <summary>Layers with weights, and how many of them have 4 bits.</summary>
    public (int All, int FourBits) CountLayers()
    {
        Node[] layers = [.. Real.Nodes.Where(node => WeightLayer.Is(Real, node))];
        return (layers.Length, layers.Count(layer => Bits.WeightBitsOf(layer.Outputs[0]) == 4));
    }

    /// <summary>One line for people: methods, samples, noise.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Methods}; calibrated on {Samples} samples; {SqnrDb:F1} dB on {HeldSamples} others");
}
