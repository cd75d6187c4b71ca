using System.Device.I2c;
using Edge.Hosting.Actions;

namespace Edge.Devices.Displays;

/// <summary>Kind <c>i2c-display</c>: a character display of two lines of 16 (HD44780) behind a PCF8574, as sold for a few coins.</summary>
/// <param name="devices">Where the system shows its buses.</param>
internal sealed class DisplayKind(string devices = "/dev") : IActionKind
{
    private const int DefaultBus = 1;
    private const int DefaultAddress = 0x27; // PCF8574 with its address pins open; 0x3F is a PCF8574A's
    private const int LowestAddress = 0x08, HighestAddress = 0x77; // the others are reserved by the I2C specification
    private const int LongestOnMs = 3_600_000;

    public string Kind => DeviceKinds.Display;

    public IReadOnlyCollection<string> Fields { get; } = [nameof(ActionOptions.Bus), nameof(ActionOptions.Address), nameof(ActionOptions.OnMs)];

    public void Check(ActionOptions options, ICollection<string> faults)
    {
        if (options.Address is < LowestAddress or > HighestAddress)
        {
            faults.Add($"Address is {options.Address}; expected {LowestAddress} to {HighestAddress}, mostly 39 (0x27) or 63 (0x3F).");
        }

        if (options.OnMs is < 1 or > LongestOnMs)
        {
            faults.Add($"OnMs is {options.OnMs}; expected 1 to {LongestOnMs}.");
        }

        string bus = Path.Combine(devices, $"i2c-{options.Bus ?? DefaultBus}");
        if (OperatingSystem.IsLinux() && !File.Exists(bus))
        {
            string[] present = [.. Directory.GetFiles(devices, "i2c-*").Select(path => Path.GetFileName(path)["i2c-".Length..]).Order()];
            faults.Add($"Bus is {options.Bus ?? DefaultBus}, and there is no {bus}; " + (present.Length > 0
                ? $"expected one of {string.Join(", ", present)}."
                : "this machine shows no I2C bus. On a Raspberry Pi, `dtparam=i2c_arm=on` in config.txt turns it on."));
        }
    }

    public string? Claims(ActionOptions options) => $"Bus {options.Bus ?? DefaultBus}, Address {options.Address ?? DefaultAddress}";

    public IEventAction Create(ActionOptions options, ActionContext context)
    {
        var settings = new I2cConnectionSettings(options.Bus ?? DefaultBus, options.Address ?? DefaultAddress);
        TimeSpan? on = options.OnMs is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null;
        return new DisplayAction(() => I2cDevice.Create(settings), $"{settings.BusId}, 0x{settings.DeviceAddress:X2}", on);
    }
}
