using Edge.Hosting.Actions;

namespace Edge.Devices;

/// <summary>The kinds of this library: those whose package was there when it was built, and a plain word for the others.</summary>
internal static class DeviceKinds
{
    public const string Gpio = "gpio";
    public const string Display = "i2c-display";

    public static IReadOnlyList<IActionKind> All { get; } =
    [
#if HAS_GPIO
        new Devices.Gpio.GpioKind(),
#else
        new AbsentKind(Gpio, "System.Device.Gpio"),
#endif
#if HAS_BINDINGS
        new Displays.DisplayKind(),
#else
        new AbsentKind(Display, "Iot.Device.Bindings"),
#endif
    ];
}
