using System.Device.I2c;
using System.Globalization;
using Edge.Detection;
using Edge.Hosting.Actions;
using Iot.Device.CharacterLcd;

namespace Edge.Devices.Displays;

/// <summary>Shows the last event on a character display: its label above, local time and score below.</summary>
/// <remarks>The display is opened by the first event, and anew after a fault, as one that lost its power forgets its mode.</remarks>
public sealed class DisplayAction : IEventAction
{
    private const int Columns = 16;

    private readonly Func<I2cDevice> open;
    private readonly string place;
    private readonly TimedOutput? backlight;
    private readonly TimeZoneInfo zone;
    private readonly Lock gate = new(); // the backlight goes off on another thread
    private I2cDevice? device;
    private Lcd1602? display;

    /// <summary>Prepares; nothing is opened yet.</summary>
    /// <param name="open">Opens the PCF8574, which is disposed with the action.</param>
    /// <param name="place">Bus and address, for messages.</param>
    /// <param name="on">How long an event turns the backlight on; null for ever.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public DisplayAction(Func<I2cDevice> open, string place, TimeSpan? on, TimeProvider? time = null)
    {
        this.open = open;
        this.place = place;
        zone = (time ?? TimeProvider.System).LocalTimeZone;
        backlight = on is { } limit ? new TimedOutput(SetBacklight, limit, time) : null;
    }

    /// <inheritdoc/>
    public string Name => $"i2c-display {place}";

    /// <summary>The two lines of an event, padded to the display's width. What is not ASCII becomes a question mark: displays differ in the rest.</summary>
    public static (string Above, string Below) Lines(DeviceEvent heard, TimeZoneInfo zone)
    {
        AudioEvent sound = heard.Heard;
        string time = TimeZoneInfo.ConvertTime(heard.Time, zone).ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        string score = sound.Values is null && float.IsFinite(sound.Score) ? string.Create(CultureInfo.InvariantCulture, $"{sound.Score * 100:0} %") : "";
        return (Fit(sound.Label), Fit(time + score.PadLeft(Columns - time.Length)));
    }

    /// <inheritdoc/>
    public ValueTask HandleAsync(DeviceEvent heard, CancellationToken cancellationToken)
    {
        (string above, string below) = Lines(heard, zone);
        try
        {
            lock (gate)
            {
                Lcd1602 lcd = Open();
                lcd.SetCursorPosition(0, 0);
                lcd.Write(above);
                lcd.SetCursorPosition(0, 1);
                lcd.Write(below);
            }

            backlight?.Trigger();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            Close();
            throw new IOException($"no display answers on bus {place}: {e.Message} `i2cdetect -y BUS` lists what answers; the service must be in the group i2c.", e);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Clears the display and turns its light off.</summary>
    public ValueTask DisposeAsync()
    {
        backlight?.Dispose();
        try
        {
            lock (gate)
            {
                display?.Clear();
                if (display is not null)
                {
                    display.BacklightOn = false;
                }
            }
        }
        catch (IOException)
        {
            // A display that is gone shows nothing.
        }

        Close();
        return ValueTask.CompletedTask;
    }

    private static string Fit(string text) =>
        string.Concat(text.Select(c => c is >= ' ' and <= '~' ? c : '?').Take(Columns)).PadRight(Columns);

    private Lcd1602 Open()
    {
        if (display is null)
        {
            device = open();
            display = new Lcd1602(device, uses8Bit: false);
        }

        return display;
    }

    private void SetBacklight(bool isOn)
    {
        lock (gate)
        {
            if (display is not null)
            {
                display.BacklightOn = isOn;
            }
        }
    }

    private void Close()
    {
        lock (gate)
        {
            display?.Dispose();
            device?.Dispose();
            (display, device) = (null, null);
        }
    }
}
