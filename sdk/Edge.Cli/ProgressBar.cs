using System.Diagnostics;
using System.Globalization;

namespace Edge.Cli;

/// <summary>A line on standard error that shows how far long work has come and how long it still takes; nothing where that is no terminal.</summary>
/// <remarks>Safe to use from several threads. Disposing wipes the line.</remarks>
/// <param name="label">What is being done.</param>
/// <param name="total">Units of work, at least 1.</param>
/// <param name="unit">What the units are, several of them, to show how many are done in a second; null to leave that out.</param>
internal sealed class ProgressBar(string label, long total, string? unit = null) : IDisposable
{
    private const int BarCells = 24;
    private static readonly TimeSpan RedrawEvery = TimeSpan.FromMilliseconds(100);

    private readonly bool visible = !Console.IsErrorRedirected;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly Lock gate = new();
    private TimeSpan drawnAt = -RedrawEvery;
    private long done;

    /// <summary>Says that <paramref name="units"/> more are done.</summary>
    public void Advance(long units = 1)
    {
        lock (gate)
        {
            done += units;
            if (visible && clock.Elapsed - drawnAt >= RedrawEvery)
            {
                drawnAt = clock.Elapsed;
                Console.Error.Write("\r" + Render(label, done, total, clock.Elapsed, unit) + "\e[K");
            }
        }
    }

    /// <summary>Prints a line of results on standard output, one caller at a time, without tearing the bar.</summary>
    public void WriteLine(string line)
    {
        lock (gate)
        {
            Wipe();
            Console.Out.WriteLine(line);
        }
    }

    /// <summary>Prints a line on standard error in the same way.</summary>
    public void WriteError(string line)
    {
        lock (gate)
        {
            Wipe();
            Console.Error.WriteLine(line);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Wipe();

    /// <summary>The bar's text: label, bar, per cent, units a second, time left.</summary>
    internal static string Render(string label, long done, long total, TimeSpan elapsed, string? unit = null)
    {
        double part = Math.Clamp((double)done / total, 0, 1);
        int full = (int)(part * BarCells);
        string bar = new string('#', full) + new string('.', BarCells - full);
        string text = string.Create(CultureInfo.InvariantCulture, $"{label} [{bar}] {(int)(part * 100),3} %");
        if (done <= 0)
        {
            return text;
        }

        double rate = done / Math.Max(elapsed.TotalSeconds, 1e-3);
        string speed = unit is null ? "" : string.Create(CultureInfo.InvariantCulture, $" {(rate < 100 ? Math.Round(rate, 1) : Math.Round(rate))} {unit}/s,");
        return $"{text}{speed} {TimeSpan.FromSeconds(Math.Ceiling(elapsed.TotalSeconds * (1 - part) / part)):h\\:mm\\:ss} left";
    }

    /// <summary>Takes the line away until the next advance, so that something else can be printed.</summary>
    public void Wipe()
    {
        if (visible && drawnAt >= TimeSpan.Zero)
        {
            Console.Error.Write("\r\e[K");
            drawnAt = -RedrawEvery;
        }
    }
}
