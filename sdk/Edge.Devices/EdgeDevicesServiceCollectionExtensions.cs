using Edge.Hosting.Actions;
using Microsoft.Extensions.DependencyInjection;

namespace Edge.Devices;

/// <summary>Adds the devices of a board to what the configuration may name.</summary>
public static class EdgeDevicesServiceCollectionExtensions
{
    /// <summary>Registers the kinds of action <c>gpio</c> and <c>i2c-display</c>.</summary>
    /// <param name="services">The host's services.</param>
    public static IServiceCollection AddEdgeDevices(this IServiceCollection services)
    {
        foreach (IActionKind kind in DeviceKinds.All)
        {
            services.AddSingleton(kind);
        }

        return services;
    }
}
