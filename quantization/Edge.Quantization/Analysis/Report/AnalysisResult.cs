using Edge.Quantization.Analysis.Comparison;

namespace Edge.Quantization.Analysis.Report;

/// <summary>What to analyse, and how thoroughly.</summary>
public sealed record AnalysisOptions
{
    /// <summary>Samples over which each layer is quantized alone; 0 leaves that out.</summary>
    public int IsolatedSamples { get; init; } = 16;

    /// <summary>How many of the worst clips are listed.</summary>
    public int WorstClips { get; init; } = 10;

    /// <summary>The number of the label that is right for a clip, by the sample's name; null where that is not known. Without it, no accuracy is measured.</summary>
    public Func<string, int?>? ClassOf { get; init; }

    /// <summary>Told how many of how many pieces of work are done.</summary>
    public Action<int, int>? Progress { get; init; }

    /// <summary>Stops between two samples.</summary>
    public CancellationToken CancellationToken { get; init; }
}

/// <summary>Share of clips whose class a model names right, before and after quantization.</summary>
/// <param name="Float">The float model's.</param>
/// <param name="Quantized">The quantized model's.</param>
/// <param name="Clips">Clips of known class.</param>
public sealed record ClipAccuracy(double Float, double Quantized, int Clips);

/// <summary>Where a quantized model loses what, against its float model.</summary>
public sealed record AnalysisResult
{
    /// <summary>What messages call the float model.</summary>
    public required string Float { get; init; }

    /// <summary>What messages call the quantized model.</summary>
    public required string Quantized { get; init; }

    /// <summary>Samples run.</summary>
    public required int Samples { get; init; }

    /// <summary>Samples over which each layer was quantized alone.</summary>
    public required int IsolatedSamples { get; init; }

    /// <summary>The layers in order of execution; values that are only moved are left out.</summary>
    public required IReadOnlyList<LayerReport> Layers { get; init; }

    /// <summary>Quantized against float at the output.</summary>
    public required TensorDifference Output { get; init; }

    /// <summary>How often both have their largest score at the same place.</summary>
    public required TopAgreement Top { get; init; }

    /// <summary>
    /// True where the quantized model's channels were scaled before it was quantized: its layers are then measured against itself without the
    /// rounding of values, and only the output against the float model.
    /// </summary>
    public bool IsRescaled { get; init; }

    /// <summary>Share of clips whose class each model names; null where the clips' classes are not known.</summary>
    public ClipAccuracy? Accuracy { get; init; }

    /// <summary>The clips that lose most, the worst first.</summary>
    public required IReadOnlyList<ClipReport> WorstClips { get; init; }

    /// <summary>What to try next, the layer that loses most first.</summary>
    public required IReadOnlyList<Advice> Advice { get; init; }

    /// <summary>Bytes of a session's states and arena on the device; 0 where the model cannot be compiled.</summary>
    public required int MemoryBytes { get; init; }

    /// <summary>The layers, the one that loses most first: by isolated loss, where it was measured, else by the error of rounding its value.</summary>
    public IEnumerable<LayerReport> ByLoss => Layers.OrderBy(layer => layer.IsolatedSqnrDb ?? layer.MedianChannelSqnrDb);
}
