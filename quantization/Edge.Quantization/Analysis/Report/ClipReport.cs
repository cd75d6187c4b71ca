namespace Edge.Quantization.Analysis.Report;

/// <summary>What quantization did to the result of one clip.</summary>
/// <param name="Name">The clip.</param>
/// <param name="SqnrDb">Float output over the difference, in decibels.</param>
/// <param name="Vectors">Vectors of scores.</param>
/// <param name="TopChanged">Vectors whose largest score is another one.</param>
public sealed record ClipReport(string Name, double SqnrDb, long Vectors, long TopChanged);
