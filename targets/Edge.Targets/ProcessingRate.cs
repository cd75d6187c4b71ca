namespace Edge.Targets;

/// <summary>How many int8 multiply-accumulates one core carries out.</summary>
/// <param name="MacsPerSecond">Within a whole network, not a peak.</param>
/// <param name="Kind">How the number came about.</param>
/// <param name="Source">Who measured what, or from what it is derived.</param>
public sealed record ProcessingRate(double MacsPerSecond, RateKind Kind, string Source);
