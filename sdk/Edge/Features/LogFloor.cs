namespace Edge.Features;

/// <summary>How the floor keeps the logarithm finite.</summary>
public enum LogFloor
{
    /// <summary>ln(max(x, floor)).</summary>
    Max,

    /// <summary>ln(x + floor).</summary>
    Add,
}
