namespace Edge.Quantization.Analysis.Evaluation;

/// <summary>What a model with a rule of its own says of a clip.</summary>
/// <param name="Scores">The scores that stand for the clip, [labels].</param>
/// <param name="Heard">The share of the clip that it had heard when it decided, 0 to 1.</param>
public sealed record ClipVerdict(float[] Scores, double Heard);
