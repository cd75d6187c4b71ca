namespace Edge.Quantization.Analysis.Evaluation;

/// <summary>A recording, or a stretch of one, and what it is said to hold.</summary>
/// <param name="Path">The sound file.</param>
/// <param name="Label">The name that its folder or a table gives it; <see cref="LabelMap"/> finds the model's label.</param>
/// <param name="Start">Where the word begins; null where it may lie anywhere.</param>
/// <param name="End">Where it ends; null where it may lie anywhere.</param>
public sealed record LabelledClip(string Path, string Label, TimeSpan? Start = null, TimeSpan? End = null);
