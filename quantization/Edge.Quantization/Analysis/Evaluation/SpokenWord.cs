namespace Edge.Quantization.Analysis.Evaluation;

/// <summary>A word that a recording is known to hold.</summary>
/// <param name="Label">Number of the model's label.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Where it ends; <see cref="TimeSpan.MaxValue"/> where it may lie anywhere in the recording.</param>
public readonly record struct SpokenWord(int Label, TimeSpan Start, TimeSpan End);

/// <summary>A recording and the words in it.</summary>
/// <param name="Path">The sound file.</param>
/// <param name="Words">Its words in order of time.</param>
public sealed record PositiveRecording(string Path, IReadOnlyList<SpokenWord> Words);

/// <summary>Recordings of words under one condition: a room, a noise, a distance.</summary>
/// <param name="Name">The condition.</param>
/// <param name="Recordings">At least one.</param>
public sealed record PositiveSet(string Name, IReadOnlyList<PositiveRecording> Recordings);
