using System.Device.Gpio;
using Edge.Hosting.Actions;

namespace Edge.Devices.Gpio;

/// <summary>Turns a pin on for a while: a lamp, a relay, a buzzer.</summary>
/// <remarks>The pin is taken at once, off, and given back off when disposed. Where that does not work, the first event tries again.</remarks>
public sealed class GpioAction : IEventAction
{
    private readonly Func<GpioController> open;
    private readonly int pin;
    private readonly bool activeLow;
    private readonly TimedOutput output;
    private GpioController? controller;

    /// <summary>Takes the pin, as far as that works now.</summary>
    /// <param name="open">Opens the controller, which is disposed with the action.</param>
    /// <param name="pin">The pin by the processor's own numbering.</param>
    /// <param name="activeLow">Whether a low level turns it on.</param>
    /// <param name="on">How long an event turns it on.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public GpioAction(Func<GpioController> open, int pin, bool activeLow, TimeSpan on, TimeProvider? time = null)
    {
        this.open = open;
        this.pin = pin;
        this.activeLow = activeLow;
        output = new TimedOutput(isOn => controller!.Write(pin, Level(isOn)), on, time);
        try
        {
            Take();
        }
        catch (IOException)
        {
            // The first event says it, to the log.
        }
    }

    /// <inheritdoc/>
    public string Name => $"gpio {pin}";

    /// <inheritdoc/>
    public ValueTask HandleAsync(DeviceEvent heard, CancellationToken cancellationToken)
    {
        Take();
        output.Trigger();
        return ValueTask.CompletedTask;
    }

    /// <summary>Turns the pin off and gives it back.</summary>
    public ValueTask DisposeAsync()
    {
        output.Dispose();
        controller?.Dispose();
        return ValueTask.CompletedTask;
    }

    private PinValue Level(bool isOn) => isOn != activeLow ? PinValue.High : PinValue.Low;

    private void Take()
    {
        if (controller is not null)
        {
            return;
        }

        GpioController? opened = null;
        try
        {
            opened = open();
            opened.OpenPin(pin, PinMode.Output, Level(false));
            controller = opened;
        }
        catch (Exception e)
        {
            opened?.Dispose();
            throw new IOException($"cannot take the pin: {e.Message} Is it another program's, and is the service in the group gpio?", e);
        }
    }
}
