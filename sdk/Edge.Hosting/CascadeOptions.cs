namespace Edge.Hosting;

/// <summary>Lets a model run only where another has heard something.</summary>
public sealed class CascadeOptions
{
    /// <summary>Longest <see cref="ReplayMs"/>.</summary>
    public const int MaxReplayMs = 30_000;

    /// <summary>The name of the other model.</summary>
    public string Model { get; set; } = "";

    /// <summary>One of its labels; null for any.</summary>
    public string? Label { get; set; }

    /// <summary>How long this model runs on after the end of what the other one heard.</summary>
    public int ForMs { get; set; } = 3_000;

    /// <summary>Past sound that this model hears first when it starts, counted back from the moment the other one told; what it hears in it is told too.</summary>
    public int ReplayMs { get; set; } = 2_000;
}
