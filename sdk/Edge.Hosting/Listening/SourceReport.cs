using Edge.Audio;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Edge.Hosting.Listening;

/// <summary>Says in the log what is wrong with the source, once where it begins and once where it is over: the device is gone, the microphone too quiet, a pipe without a writer.</summary>
internal sealed partial class SourceReport(ListeningService listening, ILoggerFactory loggers) : BackgroundService
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
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            Look();
        }
    }

    private void Look(CaptureWatch device, ICaptureSource live)
    {
        foreach (CaptureAdvice advice in device.Look())
        {
            LogAdvice(logger, advice.Finding == CaptureFinding.DeviceIsBack ? LogLevel.Information : LogLevel.Warning, live.Name, advice.Text);
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
                LogWaiting(logger, source.Name);
                break;
            case SoundFlow.Stuck:
                LogStuck(logger, source.Name, ListeningThread.LongestSilence.Seconds);
                break;
            default:
                LogAgain(logger, source.Name);
                break;
        }
    }

    [LoggerMessage(Message = "{Source}: {Text}")]
    private static partial void LogAdvice(ILogger logger, LogLevel level, string source, string text);

    [LoggerMessage(LogLevel.Warning, "{Source} gives no sound; it is waited for.")]
    private static partial void LogWaiting(ILogger logger, string source);

    [LoggerMessage(LogLevel.Error, "{Source} or a model hangs: no sound for {Seconds} s.")]
    private static partial void LogStuck(ILogger logger, string source, int seconds);

    [LoggerMessage(LogLevel.Information, "{Source} gives sound again.")]
    private static partial void LogAgain(ILogger logger, string source);
}
