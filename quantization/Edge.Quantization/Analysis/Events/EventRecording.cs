namespace Edge.Quantization.Analysis.Events;

/// <summary>A recording and the sounds that are known to be in it.</summary>
/// <param name="Path">The sound file.</param>
/// <param name="Marked">What is in it; the labels are names of the detector's classes.</param>
public sealed record EventRecording(string Path, IReadOnlyList<SoundEvent> Marked);
