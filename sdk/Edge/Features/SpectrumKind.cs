namespace Edge.Features;

/// <summary>What the filterbank sums.</summary>
public enum SpectrumKind
{
    /// <summary>|X|².</summary>
    Power,

    /// <summary>|X|.</summary>
    Magnitude,
}
