using System.Diagnostics;
using System.Globalization;

namespace Edge.Cli;

/// <summary>A line on standard error that shows how far long work has come and how long it still takes; nothing where that is no terminal.</summary>
/// <remarks>Safe to use from several threads. Disposing wipes the line.</remarks>
/// <param name="label">What is being done.</param>
/// <param name="total">Units of work, at least 1.</param>
internal sealed class ProgressBar(string label, long total) : IDisposable
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
                Console.Error.Write("\r" + Render(label, done, total, clock.Elapsed) + "\e[K");
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

    /// <summary>The bar's text: label, bar, per cent, time left.</summary>
    internal static string Render(string label, long done, long total, TimeSpan elapsed)
    {
        double part = Math.Clamp((double)done / total, 0, 1);
        int full = (int)(part * BarCells);
        string left = done > 0 ? $"{TimeSpan.FromSeconds(Math.Ceiling(elapsed.TotalSeconds * (1 - part) / part)):h\\:mm\\:ss} left" : "";
        string bar = new string('#', full) + new string('.', BarCells - full);
        return string.Create(CultureInfo.InvariantCulture, $"{label} [{bar}] {(int)(part * 100),3} % {left}").TrimEnd();
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
