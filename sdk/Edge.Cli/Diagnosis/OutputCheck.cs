namespace Edge.Cli.Diagnosis;

/// <summary>Whether the LEDs and pins that actions use are there.</summary>
internal static class OutputCheck
{
    private const string Leds = "/sys/class/leds";

    public static IEnumerable<Finding> Run(Machine machine, ServiceSettings settings)
    {
        string[] leds = machine.List(Leds);
        string listed = leds.Length == 0 ? "none" : string.Join(", ", leds);
        bool reported = false;
        foreach (string led in settings.Leds)
        {
            reported = true;
            yield return OfLed(machine, led, leds, listed);
        }

        if (!reported)
        {
            yield return new Finding("leds", Verdict.Ok, listed);
        }

        string[] chips = machine.List("/dev", "gpiochip*");
        Verdict missing = settings.UsesPins ? Verdict.Fault : Verdict.Ok;
        if (chips.Length == 0)
        {
            yield return new Finding("gpio", missing, "no /dev/gpiochip*", settings.UsesPins ? "enable GPIO in the device tree, or give the container the device" : null);
        }
        else if (!Array.Exists(chips, chip => machine.MayUse(machine.PathTo($"/dev/{chip}"))))
        {
            yield return new Finding("gpio", missing, $"{string.Join(", ", chips)}: {Environment.UserName} may open none", settings.UsesPins ? $"sudo usermod -aG gpio {Environment.UserName}, and log in again" : null);
        }
        else
        {
            yield return new Finding("gpio", Verdict.Ok, string.Join(", ", chips));
        }
    }

    private static Finding OfLed(Machine machine, string led, string[] leds, string listed)
    {
        if (Array.IndexOf(leds, led) < 0)
        {
            return new Finding("leds", Verdict.Fault, $"an action lights '{led}'; LEDs here: {listed}", "name one of these in the configuration");
        }

        // The service has its own groups; a user's trouble need not be the service's.
        return machine.MayUse(machine.PathTo($"{Leds}/{led}/brightness"))
            ? new Finding("leds", Verdict.Ok, $"{led}, of {listed}")
            : new Finding("leds", Verdict.Warning, $"{Environment.UserName} may not write {Leds}/{led}/brightness", "the package's udev rule gives it to group gpio: `sudo udevadm trigger --subsystem-match=leds`; then `sudo edge doctor`");
    }
}
