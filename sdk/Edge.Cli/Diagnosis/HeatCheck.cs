using System.Globalization;

namespace Edge.Cli.Diagnosis;

/// <summary>Whether heat, a weak supply or a setting slows the processor down.</summary>
internal static class HeatCheck
{
    private const double NearLimit = 10;
    private const string Policies = "/sys/devices/system/cpu/cpufreq";

    public static IEnumerable<Finding> Run(Machine machine)
    {
        if (Temperature.Read(machine) is { } temperature)
        {
            yield return Of(temperature);
        }

        if (Throttling.Read(machine) is { } throttling)
        {
            yield return Of(throttling);
        }

        foreach (string policy in machine.List(Policies, "policy*"))
        {
            yield return OfPolicy(machine, $"{Policies}/{policy}");
        }
    }

    private static Finding Of(Temperature temperature)
    {
        Verdict verdict = temperature.Celsius >= temperature.LimitCelsius ? Verdict.Fault
            : temperature.Celsius >= temperature.LimitCelsius - NearLimit ? Verdict.Warning : Verdict.Ok;
        string found = string.Create(CultureInfo.InvariantCulture, $"{temperature.Celsius:0.0} °C; slows down at {temperature.LimitCelsius:0} °C");
        return new Finding("temperature", verdict, found, verdict == Verdict.Ok ? null : "a heat sink, a fan, or air around the board; `edge bench MODEL` shows what the models add");
    }

    private static Finding Of(Throttling throttling)
    {
        const string Name = "throttling";
        string advice = throttling.UnderVoltage
            ? "a supply and cable made for this board (5 V at the pins under load), fewer USB devices; the count begins anew at the next start"
            : "cool the board; the count begins anew at the next start";
        return throttling switch
        {
            { IsNow: true } => new Finding(Name, Verdict.Fault, $"now: {throttling.Now}", advice),
            { HasBeen: true } => new Finding(Name, Verdict.Warning, $"not now, but since the board was started: {throttling.Before}", advice),
            _ => new Finding(Name, Verdict.Ok, "none since the board was started"),
        };
    }

    private static Finding OfPolicy(Machine machine, string policy)
    {
        const string Name = "clock rate";
        string governor = machine.Text($"{policy}/scaling_governor") ?? "unknown";
        string driver = machine.Text($"{policy}/scaling_driver") ?? "";
        long? most = machine.Number($"{policy}/cpuinfo_max_freq");
        long? allowed = machine.Number($"{policy}/scaling_max_freq");
        string cores = machine.Text($"{policy}/affected_cpus") is { Length: > 0 } which ? $"cores {which}: " : "";
        string found = string.Create(CultureInfo.InvariantCulture, $"{cores}governor {governor}, up to {allowed / 1000} of {most / 1000} MHz");
        // With these drivers "powersave" still follows the load.
        bool followsLoad = driver is "intel_pstate" or "amd-pstate-epp";
        if (governor == "powersave" && !followsLoad)
        {
            return new Finding(Name, Verdict.Warning, $"{found}: always the lowest rate", $"echo ondemand | sudo tee {policy}/scaling_governor");
        }

        return allowed < most
            ? new Finding(Name, Verdict.Warning, $"{found}: capped", $"echo {most} | sudo tee {policy}/scaling_max_freq, or find what caps it: heat, or a setting")
            : new Finding(Name, Verdict.Ok, found);
    }
}
