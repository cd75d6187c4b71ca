namespace Edge.Detection;

/// <summary>Something heard: what, when, how sure. Times count from the first sample of the source.</summary>
/// <param name="Label">The model's name for it; of a sound event, its class's; of an anomaly and of values, their options' own.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Where it ends; for a keyword, and in phase <see cref="EventPhase.Onset"/>, the moment it was recognised; for an utterance decided early, the moment of the decision.</param>
/// <param name="Score">0 to 1: of a keyword, the smoothed score at recognition; of a sound event, its highest smoothed score so far; of an anomaly, as <see cref="AnomalyDetector"/> says; of an utterance, its label's, and 0 where it has values.</param>
/// <param name="Model">Name of the model that heard it.</param>
public readonly record struct AudioEvent(string Label, TimeSpan Start, TimeSpan End, float Score, string Model)
{
    /// <summary>Whether the event is over.</summary>
    public EventPhase Phase { get; init; }

    /// <summary>0 to 1: the mean of the smoothed score over the event so far; of a keyword and an utterance the same as <see cref="Score"/>.</summary>
    public float MeanScore { get; init; }

    /// <summary>The real values of an utterance by label, where the network is a regression (<see cref="UtteranceOptions.Regression"/>); else null.</summary>
    public IReadOnlyList<KeyValuePair<string, float>>? Values { get; init; }
}
