using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Edge.Hosting.Actions;
using Edge.Hosting.Listening;
using Edge.Hosting.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Edge.Hosting.Tests;

/// <summary>A host that listens to a script and keeps what is heard and logged.</summary>
internal sealed class HostFixture : ILoggerProvider, ILogger, IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60); // for machines that do much else

    private readonly TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HostFixture(ScriptedSource source, EdgeOptions options, Action<IServiceCollection>? configure = null, Task? ready = null)
    {
        Source = source;
        var action = new CollectingAction { Ready = ready ?? Task.CompletedTask };
        Heard = action.Heard;
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddProvider(this);
        builder.Services.AddSingleton<IEventAction>(action).AddSingleton<ISourceKind>(source);
        builder.Services.AddEdge(o =>
        {
            o.Source = new SourceOptions { Kind = source.Kind };
            (o.Models, o.Actions, o.Metrics, o.CpuBudget) = (options.Models, options.Actions, options.Metrics, options.CpuBudget);
        });
        configure?.Invoke(builder.Services);
        Host = builder.Build();
        Page = new PrometheusText(Host.Services.GetRequiredService<IMeterFactory>());
        Host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(() => stopped.TrySetResult());
    }

    public IHost Host { get; }

    public ScriptedSource Source { get; }

    public PrometheusText Page { get; }

    public ListeningService Listening => Host.Services.GetRequiredService<ListeningService>();

    public ConcurrentQueue<DeviceEvent> Heard { get; }

    public ConcurrentQueue<string> Log { get; } = [];

    /// <summary>Completes when the host is asked to stop.</summary>
    public Task Stopped => stopped.Task.WaitAsync(Patience);

    /// <summary>Waits until something holds.</summary>
    public static async Task Until(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!holds())
        {
            await Task.Delay(5, patience.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Host.StopAsync();
        Page.Dispose();
        Host.Dispose();
    }

    ILogger ILoggerProvider.CreateLogger(string categoryName) => this;

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Log.Enqueue(formatter(state, exception));

    void IDisposable.Dispose()
    {
    }

}
