using Edge.Detection;
using Edge.Quantization.Analysis.Evaluation;

namespace Edge.Quantization.Cli;

/// <summary>A setting of the thresholds that was found for a rate of false accepts.</summary>
/// <param name="TargetPerHour">The rate that was asked for.</param>
/// <param name="Curve">What the setting belongs to.</param>
/// <param name="Setting">Its number; null where no threshold keeps to the rate.</param>
internal sealed record OperatingPoint(double TargetPerHour, DetectionCurve Curve, int? Setting)
{
    /// <summary>The threshold of each label.</summary>
    public IReadOnlyList<double>? Thresholds => Setting is { } setting ? Curve.Thresholds[setting] : null;
}

/// <summary>What was measured of a detector.</summary>
/// <param name="Path">The model's file.</param>
/// <param name="Detection">Its settings.</param>
/// <param name="NegativeRecordings">Number of recordings without words.</param>
/// <param name="Curve">Missed words and false accepts over common thresholds.</param>
/// <param name="Points">A setting for each rate asked for.</param>
internal sealed record DetectorResult(string Path, KeywordOptions Detection, int NegativeRecordings, DetectionCurve Curve, List<OperatingPoint> Points)
{
    /// <summary>Numbers of the labels that can fire.</summary>
    public IEnumerable<int> Words => Enumerable.Range(0, Curve.Labels.Count).Where(label => !Detection.Background.Contains(label));
}
