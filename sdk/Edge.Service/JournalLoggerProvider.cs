using Microsoft.Extensions.Logging;

namespace Edge.Service;

/// <summary>Writes the log to standard error, a line an entry, with the priority that journald reads: sd-daemon(3).</summary>
/// <param name="output">Standard error.</param>
/// <param name="withPriority">Whether a line begins with its priority, as in &lt;6&gt;; a terminal does without.</param>
internal sealed class JournalLoggerProvider(TextWriter output, bool withPriority) : ILoggerProvider, ILogger
{
    private readonly Lock gate = new();

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => this;

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string text = formatter(state, exception);
        string whole = exception is null ? text : $"{text} {exception.Message}";
        string line = (withPriority ? $"<{Priority(logLevel)}>" : "edge: ") + whole.ReplaceLineEndings(" ");
        lock (gate)
        {
            try
            {
                output.WriteLine(line);
                output.Flush();
            }
            catch (IOException)
            {
                // Nobody reads the log: no reason to stop listening.
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>The priority of syslog(3).</summary>
    private static int Priority(LogLevel level) => level switch
    {
        LogLevel.Critical => 2,
        LogLevel.Error => 3,
        LogLevel.Warning => 4,
        LogLevel.Information => 6,
        _ => 7,
    };
}
