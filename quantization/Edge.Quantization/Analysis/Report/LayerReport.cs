using Edge.Quantization.Analysis.Comparison;

namespace Edge.Quantization.Analysis.Report;

/// <summary>What the analysis found about one layer: the operators up to a quantized value.</summary>
public sealed record LayerReport
{
    /// <summary>Name of the value that the layer makes, as plans write it.</summary>
    public required string Name { get; init; }

    /// <summary>The operators: "Conv + Relu"; "input" for the model's input.</summary>
    public required string Kind { get; init; }

    /// <summary>Dimensions of the value in the first sample.</summary>
    public required IReadOnlyList<int> Shape { get; init; }

    /// <summary>Bits of the value's integers.</summary>
    public required int Bits { get; init; }

    /// <summary>Smallest and largest real value that its integers can write.</summary>
    public required (double Min, double Max) Range { get; init; }

    /// <summary>Smallest and largest element in float.</summary>
    public required (double Min, double Max) Seen { get; init; }

    /// <summary>The float elements in bars of one width.</summary>
    public required IReadOnlyList<(double From, double To, long Count)> Histogram { get; init; }

    /// <summary>Share of the float elements outside of the range.</summary>
    public required double SaturatedShare { get; init; }

    /// <summary>Share of the range that the float elements reach.</summary>
    public required double UsedShare { get; init; }

    /// <summary>Float values over the error of rounding them to this value's scale, nothing else quantized; decibels.</summary>
    public required double RoundingSqnrDb { get; init; }

    /// <summary>The same for the median channel.</summary>
    public required double MedianChannelSqnrDb { get; init; }

    /// <summary>Largest element of the loudest channel over that of the median channel.</summary>
    public required double ChannelSpread { get; init; }

    /// <summary>Numbers of the channels that are louder than four times the median one, the loudest first.</summary>
    public required IReadOnlyList<int> LoudChannels { get; init; }

    /// <summary>The range's reach over the magnitude that 99.9 % of the float elements stay below.</summary>
    public required double TailRatio { get; init; }

    /// <summary>Share of the rounding error that comes from elements outside of the range.</summary>
    public required double ClippingShare { get; init; }

    /// <summary>Share of the accumulated error that is a constant offset of each channel.</summary>
    public required double BiasShare { get; init; }

    /// <summary>Quantized model against float at this value: the errors of all layers before it and its own.</summary>
    public required TensorDifference Accumulated { get; init; }

    /// <summary>Float against the model in which this layer alone is quantized, at the model's output; decibels. Null where it was not measured.</summary>
    public required double? IsolatedSqnrDb { get; init; }

    /// <summary>Share of the noise at the output that this layer makes when each is quantized alone; null where that was not measured.</summary>
    public double? LossShare { get; init; }

    /// <summary>The weights; null where the layer has none.</summary>
    public required WeightReport? Weights { get; init; }

    /// <summary>Multiply-accumulates for a sample, on average.</summary>
    public required double MultiplyAccumulates { get; init; }

    /// <summary>Bytes of the value in session memory at a step; 0 where the model was not compiled or fuses the value.</summary>
    public required int ArenaBytes { get; init; }

    /// <summary>Bytes of session memory that hold the value's past from step to step.</summary>
    public required int StateBytes { get; init; }
}

/// <summary>What the analysis found about a layer's weights.</summary>
/// <param name="Bits">Bits of a stored weight.</param>
/// <param name="Bytes">Bytes of all.</param>
/// <param name="PerChannel">Whether each output channel has a scale of its own.</param>
/// <param name="SqnrDb">Float weights over their rounding error in decibels; NaN where a compiled file does not say.</param>
/// <param name="ChannelSpread">Largest weight over the largest of the median output channel.</param>
public sealed record WeightReport(int Bits, long Bytes, bool PerChannel, double SqnrDb, double ChannelSpread);
