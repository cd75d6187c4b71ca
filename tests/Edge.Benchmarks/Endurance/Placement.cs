namespace Edge.Benchmarks.Endurance;

/// <summary>A word laid into a long sound.</summary>
/// <param name="Start">Where it begins, in samples.</param>
/// <param name="Word">Which of the words.</param>
internal readonly record struct Placement(long Start, int Word);
