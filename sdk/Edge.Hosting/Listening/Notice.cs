using Microsoft.Extensions.Logging;

namespace Edge.Hosting.Listening;

/// <summary>A line for the log, written by another thread than the one that listens.</summary>
/// <param name="Level">How bad it is.</param>
/// <param name="Text">A sentence.</param>
internal readonly record struct Notice(LogLevel Level, string Text)
{
    /// <summary>Something changed as it should.</summary>
    public static Notice Information(string text) => new(LogLevel.Information, text);

    /// <summary>Something is not as it should be.</summary>
    public static Notice Warning(string text) => new(LogLevel.Warning, text);
}
