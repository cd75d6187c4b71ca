using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Edge.Hosting.Metrics;

/// <summary>Writes the metrics to a file every few seconds and once at the end; a reader sees a whole page or the one before.</summary>
internal sealed partial class MetricsFile(IOptions<EdgeOptions> options, IMeterFactory factory, ILogger<MetricsFile> logger) : BackgroundService
{
    private readonly PrometheusText text = new(factory);
    private bool failed;

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        if (ExecuteTask is not null)
        {
            Write();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        text.Dispose();
        base.Dispose();
    }

    /// <summary>Writes the file now, if one is asked for.</summary>
    internal void Write()
    {
        if (options.Value.Metrics.Path is not { Length: > 0 } path)
        {
            return;
        }

        string fresh = path + ".tmp";
        try
        {
            File.WriteAllText(fresh, text.Page());
            File.Move(fresh, path, overwrite: true);
            failed = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!failed)
            {
                CannotBeWritten(path, e.Message, options.Value.Metrics.EverySeconds);
            }

            failed = true;
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.Metrics.EverySeconds));
        using CancellationTokenRegistration end = stoppingToken.Register(timer.Dispose); // ends the wait without an exception
        while (await timer.WaitForNextTickAsync(CancellationToken.None).ConfigureAwait(false))
        {
            Write();
        }
    }

    [LoggerMessage(LogLevel.Warning, "Metrics cannot be written to {path}: {message} Tried again every {seconds} s.")]
    private partial void CannotBeWritten(string path, string message, int seconds);
}
