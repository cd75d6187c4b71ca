using System.Device.Gpio;

namespace Edge.Devices.Tests.Gpio;

/// <summary>A GPIO chip of 28 pins that keeps what is done to it.</summary>
internal sealed class RecordingDriver : GpioDriver
{
    private readonly Dictionary<int, PinMode> modes = [];
    private readonly Dictionary<int, PinValue> values = [];

    public List<string> Calls { get; } = [];

    /// <summary>What opening a pin throws; null for nothing.</summary>
    public Exception? Refusal { get; set; }

    protected override int PinCount => 28;

    protected override void OpenPin(int pinNumber)
    {
        if (Refusal is not null)
        {
            throw Refusal;
        }

        Calls.Add($"open {pinNumber}");
    }

    protected override void ClosePin(int pinNumber) => Calls.Add($"close {pinNumber}");

    protected override void SetPinMode(int pinNumber, PinMode mode) => modes[pinNumber] = mode;

    protected override PinMode GetPinMode(int pinNumber) => modes[pinNumber];

    protected override bool IsPinModeSupported(int pinNumber, PinMode mode) => true;

    protected override PinValue Read(int pinNumber) => values[pinNumber];

    protected override void Write(int pinNumber, PinValue value)
    {
        values[pinNumber] = value;
        Calls.Add($"{pinNumber} {value}");
    }

    protected override WaitForEventResult WaitForEvent(int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override void AddCallbackForPinValueChangedEvent(int pinNumber, PinEventTypes eventTypes, PinChangeEventHandler callback) => throw new NotSupportedException();

    protected override void RemoveCallbackForPinValueChangedEvent(int pinNumber, PinChangeEventHandler callback) => throw new NotSupportedException();
}
