using System.Globalization;

namespace Edge.Cli.Diagnosis;

/// <summary>Whether a service that runs still writes its metrics: an old file means that it hangs, or cannot write.</summary>
internal static class MetricsCheck
{
    private const string Name = "metrics";
    private const int MissedWritings = 3; // of a board that is busy
    private const string Advice = "systemctl status edge; journalctl -u edge -n 50";

    /// <param name="machine">The computer.</param>
    /// <param name="settings">Names the file.</param>
    /// <param name="serviceRuns">Whether the service runs; of one that does not, an old file says nothing.</param>
    public static IEnumerable<Finding> Run(Machine machine, ServiceSettings settings, bool serviceRuns)
    {
        if (!serviceRuns || settings.MetricsPath is not { Length: > 0 } path)
        {
            yield break;
        }

        if (!machine.Exists(path))
        {
            yield return new Finding(Name, Verdict.Warning, $"{path} is not there, or not to be seen by this user; the service writes it {settings.MetricsEverySeconds} s after its start", Advice);
            yield break;
        }

        double age = (machine.Now() - File.GetLastWriteTimeUtc(machine.PathTo(path))).TotalSeconds;
        string found = string.Create(CultureInfo.InvariantCulture, $"{path}, {Math.Max(age, 0):0} s old, written every {settings.MetricsEverySeconds} s");
        yield return age > MissedWritings * settings.MetricsEverySeconds
            ? new Finding(Name, Verdict.Warning, $"{found}: the service hangs, or cannot write it", Advice)
            : new Finding(Name, Verdict.Ok, found);
    }
}
