using Edge.Detection;

namespace Edge.Hosting.Actions;

/// <summary>Which events an action takes.</summary>
internal sealed class EventFilter
{
    private readonly string[] models;
    private readonly string[] labels;
    private readonly float minimumScore;
    private readonly EventPhase? phase;

    public EventFilter(ActionOptions options)
    {
        models = [.. options.Models];
        labels = [.. options.Labels];
        minimumScore = options.MinimumScore;
        phase = options.Phase switch { "onset" => EventPhase.Onset, "complete" => EventPhase.Complete, _ => null };
    }

    /// <summary>Whether the event passes. Values of a regression have no score and pass any minimum. Allocates nothing.</summary>
    public bool Takes(in AudioEvent heard) =>
        Has(models, heard.Model) && Has(labels, heard.Label)
        && (heard.Values is not null || heard.Score >= minimumScore)
        && (phase is null || heard.Phase == phase);

    private static bool Has(string[] wanted, string found)
    {
        foreach (string one in wanted)
        {
            if (one.Equals(found, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return wanted.Length == 0;
    }
}
