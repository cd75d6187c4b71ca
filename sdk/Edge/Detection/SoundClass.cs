namespace Edge.Detection;

/// <summary>A kind of sound event: one output of the network or several, and settings of its own.</summary>
/// <remarks>A setting that is null is that of the <see cref="SoundEventOptions"/>.</remarks>
public sealed record SoundClass
{
    /// <summary>What its events are called.</summary>
    public required string Name { get; init; }

    /// <summary>Indices of the network's outputs that tell of it; at each step the largest score counts.</summary>
    public required IReadOnlyList<int> Labels { get; init; }

    /// <summary>Smoothed score, 0 to 1, at which it begins.</summary>
    public double? OnsetThreshold { get; init; }

    /// <summary>Smoothed score, 0 to 1, below which it ends; an inherited one counts as no higher than the onset threshold.</summary>
    public double? OffsetThreshold { get; init; }

    /// <summary>Shortest event, in ms.</summary>
    public int? MinimumMs { get; init; }

    /// <summary>Longest gap that does not part two events, in ms.</summary>
    public int? MergeGapMs { get; init; }

    /// <summary>Longest event, in ms; a longer one goes on as another.</summary>
    public int? MaximumMs { get; init; }

    /// <summary>Time after an event in which no other begins, in ms.</summary>
    public int? RefractoryMs { get; init; }

    /// <summary>How far behind its onset the score reaches the onset threshold, in ms: short for sudden sounds, long for steady ones.</summary>
    public int? DelayMs { get; init; }

    /// <summary>How far behind its end the score falls below the offset threshold, in ms.</summary>
    public int? OffsetDelayMs { get; init; }

    /// <summary>Name of a more general class that is not told while this one is heard: "animal" of "dog"; null for none.</summary>
    public string? Parent { get; init; }

    /// <summary>The class's score at a step: the largest of its outputs'.</summary>
    /// <param name="scores">All scores of the network's output.</param>
    public sbyte ScoreOf(ReadOnlySpan<sbyte> scores)
    {
        sbyte largest = sbyte.MinValue;
        foreach (int label in Labels)
        {
            largest = Math.Max(largest, scores[label]);
        }

        return largest;
    }
}
