using System.Device.Gpio;
using Edge.Hosting.Actions;

namespace Edge.Devices.Gpio;

/// <summary>Kind <c>gpio</c>: a pin that an event turns on for a while.</summary>
/// <param name="devices">Where the system shows its GPIO chips.</param>
internal sealed class GpioKind(string devices = "/dev") : IActionKind
{
    private const int DefaultOnMs = 500;
    private const int LongestOnMs = 3_600_000;
    private const int HighestPin = 1023;

    public string Kind => DeviceKinds.Gpio;

    public IReadOnlyCollection<string> Fields { get; } = [nameof(ActionOptions.Pin), nameof(ActionOptions.ActiveLow), nameof(ActionOptions.OnMs)];

    public void Check(ActionOptions options, ICollection<string> faults)
    {
        if (options.Pin is null)
        {
            faults.Add("Pin is missing; expected its number as the processor counts, as in 17 for GPIO17.");
        }
        else if (options.Pin is < 0 or > HighestPin)
        {
            faults.Add($"Pin is {options.Pin}; expected 0 to {HighestPin}.");
        }

        if (options.OnMs is < 1 or > LongestOnMs)
        {
            faults.Add($"OnMs is {options.OnMs}; expected 1 to {LongestOnMs}.");
        }

        if (OperatingSystem.IsLinux() && Directory.GetFiles(devices, "gpiochip*").Length == 0)
        {
            faults.Add($"Kind {Kind}: this machine has no GPIO; there is no {Path.Combine(devices, "gpiochip0")}.");
        }
    }

    public string? Claims(ActionOptions options) => options.Pin is { } pin ? $"Pin {pin}" : null;

    public IEventAction Create(ActionOptions options, ActionContext context) =>
        new GpioAction(() => new GpioController(), options.Pin!.Value, options.ActiveLow ?? false, TimeSpan.FromMilliseconds(options.OnMs ?? DefaultOnMs));
}
