namespace Edge.Detection;

/// <summary>Something heard: what, when, how sure. Times count from the first sample of the source.</summary>
/// <param name="Label">The model's name for it.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Where it ends; for a keyword the moment it was recognised.</param>
/// <param name="Score">0 to 1: the smoothed score at recognition.</param>
/// <param name="Model">Name of the model that heard it.</param>
public readonly record struct AudioEvent(string Label, TimeSpan Start, TimeSpan End, float Score, string Model);
