using System.Globalization;

namespace Edge.Cli.Diagnosis;

/// <summary>Whether there is memory left.</summary>
internal static class MemoryCheck
{
    private const string Name = "memory";
    private const long FewMegabytes = 64;
    private const long TooFewMegabytes = 16;

    public static IEnumerable<Finding> Run(Machine machine)
    {
        if (Megabytes(machine, "MemTotal") is not { } total || Megabytes(machine, "MemAvailable") is not { } available)
        {
            yield break;
        }

        Verdict verdict = available < TooFewMegabytes ? Verdict.Fault : available < FewMegabytes ? Verdict.Warning : Verdict.Ok;
        yield return new Finding(Name, verdict, $"{available} of {total} MB available", verdict == Verdict.Ok ? null : "end what takes it: `ps aux --sort=-rss | head`");
    }

    private static long? Megabytes(Machine machine, string field) =>
        machine.Field("/proc/meminfo", field) is { } value && long.TryParse(value.Split(' ')[0], CultureInfo.InvariantCulture, out long kilobytes) ? kilobytes / 1024 : null;
}
