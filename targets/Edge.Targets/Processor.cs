namespace Edge.Targets;

/// <summary>A board's processor.</summary>
/// <param name="Name">The core, as its maker calls it.</param>
/// <param name="Cores">How many there are.</param>
/// <param name="ClockMHz">Highest clock that it holds all day.</param>
public sealed record Processor(string Name, int Cores, int ClockMHz);
