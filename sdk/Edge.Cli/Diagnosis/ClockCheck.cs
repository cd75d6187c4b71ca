using System.Globalization;

namespace Edge.Cli.Diagnosis;

/// <summary>Whether events will carry the right time.</summary>
internal static class ClockCheck
{
    private const string Name = "time";
    private static readonly DateTimeOffset Earliest = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static IEnumerable<Finding> Run(Machine machine)
    {
        DateTimeOffset now = machine.Now();
        string time = now.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
        if (now < Earliest)
        {
            yield return new Finding(Name, Verdict.Fault, $"{time} cannot be true: a board without a clock of its own that no time server has told", "sudo timedatectl set-ntp true, and a network; https fails until then");
            yield break;
        }

        yield return machine.IsClockSynchronized() switch
        {
            false => new Finding(Name, Verdict.Warning, $"{time}, but no time server confirms it; times of events may be wrong", "sudo timedatectl set-ntp true, or `timedatectl timesync-status`"),
            true => new Finding(Name, Verdict.Ok, $"{time}, synchronized"),
            _ => new Finding(Name, Verdict.Ok, time),
        };
    }
}
