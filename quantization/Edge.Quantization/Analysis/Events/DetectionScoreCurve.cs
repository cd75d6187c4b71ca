namespace Edge.Quantization.Analysis.Events;

/// <summary>What one class's events of one setting of the threshold cost and bring.</summary>
/// <param name="FalsePositivesPerHour">Wrong events in an hour of sound.</param>
/// <param name="TruePositiveRate">Share of the marked events found, 0 to 1.</param>
public readonly record struct OperatingRate(double FalsePositivesPerHour, double TruePositiveRate);

/// <summary>Events found against false ones an hour over all thresholds and classes, and the area below: the polyphonic sound detection score.</summary>
/// <remarks>
/// Bilen et al., "A Framework for the Robust Evaluation of Sound Event Detection", ICASSP 2020, without cross-triggers: for each class the
/// best rate at so many false positives an hour or fewer; then the mean over the classes less <c>instabilityCost</c> standard deviations.
/// </remarks>
public sealed class DetectionScoreCurve
{
    private DetectionScoreCurve(IReadOnlyList<OperatingRate> points, double score, double mostPerHour) => (Points, Score, MostPerHour) = (points, score, mostPerHour);

    /// <summary>The curve's corners, false positives an hour rising; between two the rate is that of the left one.</summary>
    public IReadOnlyList<OperatingRate> Points { get; }

    /// <summary>Area below the curve up to <see cref="MostPerHour"/>, as a share of what is possible: 0 to 1.</summary>
    public double Score { get; }

    /// <summary>False positives an hour at which the area ends.</summary>
    public double MostPerHour { get; }

    /// <summary>Makes the curve.</summary>
    /// <param name="classes">For each class its rates at every setting, in any order; one class at least.</param>
    /// <param name="mostPerHour">Where the area ends.</param>
    /// <param name="instabilityCost">How many standard deviations between classes are taken off; 0 or 1 as a rule.</param>
    public static DetectionScoreCurve Of(IReadOnlyList<IReadOnlyList<OperatingRate>> classes, double mostPerHour = 100, double instabilityCost = 0)
    {
        if (classes.Count == 0)
        {
            throw new ArgumentException("There is no class; expected one at least.", nameof(classes));
        }

        double[] corners = [.. classes.SelectMany(rates => rates).Select(rate => rate.FalsePositivesPerHour).Where(perHour => perHour < mostPerHour).Append(0).Distinct().Order()];
        OperatingRate[] points = [.. corners.Select(perHour => new OperatingRate(perHour, Effective(classes, perHour, instabilityCost)))];
        double area = 0;
        for (int i = 0; i < points.Length; i++)
        {
            double end = i + 1 < points.Length ? points[i + 1].FalsePositivesPerHour : mostPerHour;
            area += points[i].TruePositiveRate * (end - points[i].FalsePositivesPerHour);
        }

        return new DetectionScoreCurve(points, area / mostPerHour, mostPerHour);
    }

    private static double Effective(IReadOnlyList<IReadOnlyList<OperatingRate>> classes, double perHour, double instabilityCost)
    {
        double[] best = [.. classes.Select(rates => rates.Where(rate => rate.FalsePositivesPerHour <= perHour).Select(rate => rate.TruePositiveRate).DefaultIfEmpty(0).Max())];
        double mean = best.Average();
        double deviation = Math.Sqrt(best.Average(rate => (rate - mean) * (rate - mean)));
        return Math.Max(0, mean - (instabilityCost * deviation));
    }
}
