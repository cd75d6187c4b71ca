using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
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
        return services;
    }

    /// <summary>Listens with options from a configuration.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">The section "Edge", or what holds it; its faults, unknown fields among them, stop the host at its start.</param>
    public static IServiceCollection AddEdge(this IServiceCollection services, IConfiguration configuration)
    {
        IConfigurationSection inner = configuration.GetSection(EdgeOptions.SectionName);
        IConfiguration section = inner.Exists() ? inner : configuration;
        services.TryAddSingleton(new ConfigurationFaults(section));
        services.Configure<EdgeOptions>(section);
        return services.AddEdge(_ => { });
    }
}
