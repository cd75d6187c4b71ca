namespace Edge.Detection;

/// <summary>Something heard: what, when, how sure. Times count from the first sample of the source.</summary>
/// <param name="Label">The model's name for it; of a sound event, its class's; of an anomaly, <see cref="AnomalyOptions.Label"/>.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Where it ends; for a keyword, and in phase <see cref="EventPhase.Onset"/>, the moment it was recognised.</param>
/// <param name="Score">0 to 1: of a keyword, the smoothed score at recognition; of a sound event, its highest smoothed score so far; of an anomaly, as <see cref="AnomalyDetector"/> says.</param>
/// <param name="Model">Name of the model that heard it.</param>
public readonly record struct AudioEvent(string Label, TimeSpan Start, TimeSpan End, float Score, string Model)
{
    /// <summary>Whether the event is over.</summary>
    public EventPhase Phase { get; init; }

    /// <summary>0 to 1: the mean of the smoothed score over the event so far; of a keyword the same as <see cref="Score"/>.</summary>
    public float MeanScore { get; init; }
}
