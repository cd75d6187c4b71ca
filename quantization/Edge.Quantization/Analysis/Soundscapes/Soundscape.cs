using Edge.Quantization.Analysis.Events;

namespace Edge.Quantization.Analysis.Soundscapes;

/// <summary>An event of a soundscape.</summary>
/// <param name="Event">Class, onset and offset.</param>
/// <param name="Clip">The clip it is from.</param>
/// <param name="SnrDb">Mean power of the clip's sound over that of the background under it, in dB.</param>
public sealed record SoundscapeEvent(SoundEvent Event, string Clip, double SnrDb);

/// <summary>A long recording with known events.</summary>
/// <param name="Samples">Mono PCM.</param>
/// <param name="SampleRateHz">Its rate.</param>
/// <param name="Events">What it holds, ordered by onset.</param>
public sealed record Soundscape(short[] Samples, int SampleRateHz, IReadOnlyList<SoundscapeEvent> Events);
