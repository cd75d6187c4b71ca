using System.Globalization;
using Edge.Quantization.Analysis.Statistics;

namespace Edge.Quantization.Analysis.Charts;

/// <summary>One axis of a chart.</summary>
/// <param name="Title">What it shows, with the unit.</param>
/// <param name="Min">Value at its beginning.</param>
/// <param name="Max">Value at its end; above <paramref name="Min"/>.</param>
/// <param name="Scale">How values are spread. Probit axes show shares as per cent.</param>
public sealed record ChartAxis(string Title, double Min, double Max, ChartScale Scale = ChartScale.Linear)
{
    private static readonly double[] ProbitTicks = [0.0001, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999];

    /// <summary>A linear axis that holds all of <paramref name="values"/> that are finite and 0 where it is near.</summary>
    public static ChartAxis Over(string title, IEnumerable<double> values)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        double min = finite.Length == 0 ? 0 : finite.Min();
        double max = finite.Length == 0 ? 1 : finite.Max();
        min = min > 0 && min < 0.5 * max ? 0 : min;
        max = max < 0 && max > 0.5 * min ? 0 : max;
        return new ChartAxis(title, min, max > min ? max : min + Math.Max(1, Math.Abs(min)));
    }

    /// <summary>Where a value lies: 0 at the beginning, 1 at the end; values beyond lie on the border.</summary>
    public double Position(double value)
    {
        double low = Spread(Min);
        double position = (Spread(Math.Clamp(value, Min, Max)) - low) / (Spread(Max) - low);
        return double.IsFinite(position) ? position : 0;
    }

    /// <summary>Round values along the axis with their texts.</summary>
    /// <param name="count">About how many; at least 1.</param>
    public IReadOnlyList<(double Value, string Text)> Ticks(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return Scale switch
        {
            ChartScale.Probit => [.. ProbitTicks.Where(Holds).Select(value => (value, Format(100 * value) + " %"))],
            ChartScale.Logarithmic => LogarithmicTicks(),
            _ => LinearTicks(count),
        };
    }

    /// <summary>A number in few digits: 0.05, 12, 3.2e+06.</summary>
    public static string Format(double value) => value == 0 ? "0" : Math.Abs(value) is >= 1e-4 and < 1e6
        ? value.ToString("0.#####", CultureInfo.InvariantCulture)
        : value.ToString("0.##e+0", CultureInfo.InvariantCulture);

    private bool Holds(double value) => value >= Min && value <= Max;

    private double Spread(double value) => Scale switch
    {
        ChartScale.Logarithmic => Math.Log10(Math.Max(value, double.Epsilon)),
        ChartScale.Probit => NormalDistribution.Quantile(Math.Clamp(value, 1e-9, 1 - 1e-9)),
        _ => value,
    };

    private List<(double, string)> LinearTicks(int count)
    {
        double rough = (Max - Min) / count;
        double decade = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = decade * (rough / decade) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        var ticks = new List<(double, string)>();
        if (double.IsFinite(step) && step > 0)
        {
            for (double i = Math.Ceiling((Min / step) - 1e-9); i * step <= Max + (1e-9 * step); i++)
            {
                ticks.Add((i * step, Format(Math.Round(i * step / decade) * decade)));
            }
        }

        return ticks;
    }

    private List<(double, string)> LogarithmicTicks()
    {
        double first = Math.Floor(Spread(Min)), last = Math.Ceiling(Spread(Max));
        double[] within = last - first <= 3 ? [1, 2, 5] : [1];
        double every = Math.Max(1, Math.Ceiling((last - first) / 8));
        var ticks = new List<(double, string)>();
        for (double exponent = first; exponent <= last; exponent += every)
        {
            ticks.AddRange(within.Select(factor => factor * Math.Pow(10, exponent)).Where(Holds).Select(value => (value, Format(value))));
        }

        return ticks;
    }
}
