namespace Edge.Quantization.Analysis.Report;

/// <summary>What to try next, and why.</summary>
/// <param name="Layer">The layer that it is for.</param>
/// <param name="Finding">What was measured, as a sentence.</param>
/// <param name="Remedy">What helps, as a sentence.</param>
/// <param name="Option">What to add to `edgec quantize` or `edgec build`.</param>
public sealed record Advice(string Layer, string Finding, string Remedy, string Option);
