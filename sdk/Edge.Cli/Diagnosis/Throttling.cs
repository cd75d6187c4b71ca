using System.Globalization;

namespace Edge.Cli.Diagnosis;

/// <summary>What Raspberry Pi's firmware says of power and heat.</summary>
/// <param name="Bits">As `vcgencmd get_throttled` prints them, documented in Raspberry Pi's pages on the command: 0 to 3 of now, 16 to 19 since the start.</param>
internal readonly record struct Throttling(uint Bits)
{
    private const int SinceStartBit = 16;
    private const uint UnderVoltageBit = 1;

    private static readonly string[] Meanings = ["under-voltage", "clock capped", "throttled", "soft temperature limit"];

    /// <summary>Whether something slows the board down, or takes it close to a crash, now.</summary>
    public bool IsNow => (Bits & 0xF) != 0;

    /// <summary>Whether something did since it was started.</summary>
    public bool HasBeen => ((Bits >> SinceStartBit) & 0xF) != 0;

    /// <summary>Whether the supply was too weak, now or before.</summary>
    public bool UnderVoltage => ((Bits | (Bits >> SinceStartBit)) & UnderVoltageBit) != 0;

    /// <summary>What is so now: "under-voltage, throttled".</summary>
    public string Now => Words(Bits);

    /// <summary>What was so since the start.</summary>
    public string Before => Words(Bits >> SinceStartBit);

    /// <summary>Asks the firmware; null where it is another one.</summary>
    public static Throttling? Read(Machine machine)
    {
        // The device's name differs among the boards, the driver's does not; older kernels have no link there.
        const string Driver = "/sys/bus/platform/drivers/raspberrypi-firmware";
        string? text = machine.Text("/sys/devices/platform/soc/soc:firmware/get_throttled");
        foreach (string device in machine.List(Driver, "*firmware"))
        {
            text ??= machine.Text($"{Driver}/{device}/get_throttled");
        }

        text = text?.StartsWith("0x", StringComparison.OrdinalIgnoreCase) == true ? text[2..] : text; // some kernels print bare digits
        return uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint bits) ? new Throttling(bits) : null;
    }

    private static string Words(uint bits)
    {
        var words = new List<string>();
        for (int i = 0; i < Meanings.Length; i++)
        {
            if ((bits >> i & 1) != 0)
            {
                words.Add(Meanings[i]);
            }
        }

        return string.Join(", ", words);
    }
}
