using Microsoft.Extensions.Logging;

namespace Edge.Hosting.Listening;

/// <summary>The lines of the log about listening.</summary>
internal static partial class ListeningLog
{
    [LoggerMessage(LogLevel.Information, "Listening to {source} at {rateHz} Hz with {models}.")]
    public static partial void Listens(this ILogger logger, string source, int rateHz, string models);

    [LoggerMessage(LogLevel.Warning, "{fault} Waiting for it.")]
    public static partial void WaitsForDevice(this ILogger logger, string fault);

    [LoggerMessage(LogLevel.Information, "{source} has ended after {heard}.")]
    public static partial void SourceEnded(this ILogger logger, string source, TimeSpan heard);

    [LoggerMessage(LogLevel.Critical, "Listening failed: {message}")]
    public static partial void Failed(this ILogger logger, string message);

    [LoggerMessage(LogLevel.Information, "Listened for {heard}; {sent} events handled, {lost} lost.")]
    public static partial void Stopped(this ILogger logger, TimeSpan heard, long sent, long lost);

    [LoggerMessage("{text}")]
    public static partial void Tell(this ILogger logger, LogLevel level, string text);

    [LoggerMessage("{source}: {text}.")]
    public static partial void Advise(this ILogger logger, LogLevel level, string source, string text);

    [LoggerMessage(LogLevel.Warning, "{source} gives no sound; it is waited for.")]
    public static partial void WaitsForSound(this ILogger logger, string source);

    [LoggerMessage(LogLevel.Error, "{source} or a model hangs: no sound for {seconds} s.")]
    public static partial void Hangs(this ILogger logger, string source, double seconds);

    [LoggerMessage(LogLevel.Information, "{source} gives sound again.")]
    public static partial void SoundIsBack(this ILogger logger, string source);
}
