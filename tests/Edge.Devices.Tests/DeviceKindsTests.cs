using Edge.Hosting;
using Edge.Hosting.Actions;
using Microsoft.Extensions.DependencyInjection;

namespace Edge.Devices.Tests;

public class DeviceKindsTests
{
#if HAS_GPIO
    private const bool HasGpio = true;
#else
    private const bool HasGpio = false;
#endif
#if HAS_BINDINGS
    private const bool HasBindings = true;
#else
    private const bool HasBindings = false;
#endif
#if HAS_NAUDIO
    private const bool HasNAudio = true;
#else
    private const bool HasNAudio = false;
#endif

    [Fact]
    public void The_host_finds_the_kinds_of_this_library()
    {
        using ServiceProvider services = new ServiceCollection().AddEdge(_ => { }).AddEdgeDevices().BuildServiceProvider();
        Assert.Superset(new HashSet<string> { "gpio", "i2c-display", "json-lines" }, services.GetRequiredService<ActionFactory>().Kinds.ToHashSet());
    }

    [Theory]
    [InlineData("gpio", "System.Device.Gpio", HasGpio)]
    [InlineData("i2c-display", "Iot.Device.Bindings", HasBindings)]
    public void A_kind_without_its_package_names_it(string kind, string package, bool hasPackage)
    {
        var faults = new List<string>();
        new ActionFactory(DeviceKinds.All).Check(new ActionOptions { Kind = kind, Pin = kind == "gpio" ? 17 : null }, "x", faults);
        Assert.Equal(!hasPackage, faults.Any(fault => fault.Contains($"needs the package {package}", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("System.Device.Gpio", HasGpio)]
    [InlineData("Iot.Device.Bindings", HasBindings)]
    [InlineData("NAudio", HasNAudio)]
    public void The_adapters_of_a_package_are_tested_where_it_restores(string package, bool hasPackage)
    {
        Assert.SkipUnless(hasPackage, $"{package} does not restore here; tests/Edge.Devices.Tests/from-sources.sh builds it from its sources and runs its tests");
        Assert.NotNull(AppDomain.CurrentDomain.Load(package));
    }
}
