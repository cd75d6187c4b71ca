using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>Whether a method is used.</summary>
public enum MethodUse
{
    /// <summary>Where it makes the outputs better on samples that it has not seen.</summary>
    Auto,

    /// <summary>Always.</summary>
    On,

    /// <summary>Never.</summary>
    Off,
}

/// <summary>How a trained network is quantized without training it again.</summary>
public sealed record PostTrainingOptions
{
    /// <summary>Bits and granularity to start from.</summary>
    public QuantizeOptions Bits { get; init; } = new();

    /// <summary>How ranges are found; null for the method that gives the best outputs.</summary>
    public RangeMethod? Range { get; init; }

    /// <summary>Parameters of the range methods.</summary>
    public RangeOptions RangeOptions { get; init; } = new();

    /// <summary>Use of <see cref="CrossLayerEqualization"/>.</summary>
    public MethodUse Equalize { get; init; }

    /// <summary>Use of <see cref="Quantizing.LearnedRounding"/>.</summary>
    public MethodUse LearnedRounding { get; init; }

    /// <summary>Use of <see cref="Quantizing.BiasCorrection"/>.</summary>
    public MethodUse BiasCorrection { get; init; }

    /// <summary>16 bits for the values that layer normalizations read, with the sums behind them, and for those that softmaxes, Legendre memories and spiking neurons read.</summary>
    public MethodUse WideValues { get; init; }

    /// <summary>16 bits for what functions of one value behind convolutions read that become tables, GELU and SiLU among them.</summary>
    public MethodUse WideTables { get; init; } = MethodUse.Off;

    /// <summary>The values of a cleaned-up float graph that may have 16 bits where a method gives them; null for all of them.</summary>
    public Func<ModelGraph, IReadOnlySet<string>>? CanBeWide { get; init; }

    /// <summary>What <see cref="MixedPrecision"/> must reach; null for the same bits everywhere.</summary>
    public PrecisionBudget? Budget { get; init; }

    /// <summary>Bytes of the model that a quantized graph becomes; null for those of its ONNX file.</summary>
    public Func<ModelGraph, long>? SizeOf { get; init; }

    /// <summary>Called as a stage of the work begins, with its name and its units; what it gives back is called for each unit done.</summary>
    public Func<string, int, Action>? Progress { get; init; }
}
