using Edge.Audio;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Edge.Hosting.Listening;

/// <summary>Says in the log what is wrong with the source, once where it begins and once where it is over: the device is gone, the microphone too quiet, a pipe without a writer.</summary>
internal sealed class SourceReport(ListeningService listening, ILoggerFactory loggers) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly ILogger logger = loggers.CreateLogger("Edge");
    private CaptureWatch? watch;
    private SoundFlow told = SoundFlow.Flowing;

    /// <summary>Looks at the source, and says what has changed.</summary>
    internal void Look()
    {
        switch (listening)
        {
            case { Source: ICaptureSource live }:
                Look(watch ??= new CaptureWatch(live), live);
                break;
            case { Source: { } source, Thread: { } thread }:
                Look(thread.Flow, source);
                break;
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        using CancellationTokenRegistration end = stoppingToken.Register(timer.Dispose); // ends the wait without an exception
        while (await timer.WaitForNextTickAsync(CancellationToken.None).ConfigureAwait(false))
        {
            Look();
        }
    }

    private void Look(CaptureWatch device, ICaptureSource live)
    {
        foreach (CaptureAdvice advice in device.Look())
        {
            string text = advice.Text.TrimEnd('.');
            logger.Advise(advice.Finding == CaptureFinding.DeviceIsBack ? LogLevel.Information : LogLevel.Warning, live.Name, text);
        }
    }

    private void Look(SoundFlow flow, IAudioSource source)
    {
        if (flow == told || flow == SoundFlow.Ended)
        {
            return;
        }

        told = flow;
        switch (flow)
        {
            case SoundFlow.Waiting:
                logger.WaitsForSound(source.Name);
                break;
            case SoundFlow.Stuck:
                logger.Hangs(source.Name, ListeningThread.LongestSilence.TotalSeconds);
                break;
            default:
                logger.SoundIsBack(source.Name);
                break;
        }
    }
}
