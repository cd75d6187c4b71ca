using Edge.Hosting.Actions;
using Edge.Hosting.Listening;
using Edge.Hosting.Metrics;
using Edge.Hosting.Sources;
using Edge.Hosting.Systemd;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Edge.Hosting;

/// <summary>Puts Edge under the .NET generic host.</summary>
public static class EdgeServiceCollectionExtensions
{
    /// <summary>Listens with options that the program sets.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Sets the options; their faults stop the host at its start.</param>
    public static IServiceCollection AddEdge(this IServiceCollection services, Action<EdgeOptions> configure)
    {
        services.AddOptions<EdgeOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EdgeOptions>, EdgeOptionsValidator>());
        services.AddLogging();
        services.AddMetrics();
        services.TryAddSingleton(provider => new SourceFactory(provider.GetServices<ISourceKind>()));
        services.TryAddSingleton(provider => new ActionFactory(provider.GetServices<IActionKind>()));
        services.TryAddSingleton<EdgeMetrics>();
        services.TryAddSingleton<ListeningService>();
        services.TryAddSingleton<ModelReloader>();
        services.TryAddSingleton<IModelReloader>(provider => provider.GetRequiredService<ModelReloader>());
        services.TryAddSingleton<ListeningHealthCheck>(); // it remembers the last check
        services.AddHealthChecks().AddCheck<ListeningHealthCheck>("edge");
        // They start in this order and stop in the opposite one: the last figures are of the end.
        services.AddHostedService<MetricsFile>();
        services.AddHostedService(provider => provider.GetRequiredService<ListeningService>());
        services.AddHostedService(provider => provider.GetRequiredService<ModelReloader>());
        services.AddHostedService<SourceReport>();
        return services;
    }

    /// <summary>Listens with options from a configuration.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">The section "Edge", or what holds it; its faults, unknown fields among them, stop the host at its start.</param>
    public static IServiceCollection AddEdge(this IServiceCollection services, IConfiguration configuration)
    {
        IConfigurationSection inner = configuration.GetSection(EdgeOptions.SectionName);
        IConfiguration section = inner.Exists() ? inner : configuration;
        var faults = new ConfigurationFaults(section);
        services.TryAddSingleton(faults);
        return services.AddEdge(faults.Bind);
    }

    /// <summary>Tells systemd, or whatever else NOTIFY_SOCKET names, that the service is ready, what it does, and that sound flows. Call it after <c>AddEdge</c>.</summary>
    /// <param name="services">The host's services.</param>
    public static IServiceCollection AddEdgeServiceManager(this IServiceCollection services)
    {
        services.TryAddSingleton(_ => ServiceManager.FromEnvironment());
        services.AddHostedService<ServiceManagerNotifier>();
        return services;
    }
}
