namespace Edge.Targets;

/// <summary>A program that stands in for a board.</summary>
/// <param name="Program">Its name on the PATH.</param>
/// <param name="Machine">The machine it is asked for.</param>
public sealed record Emulator(string Program, string Machine);
