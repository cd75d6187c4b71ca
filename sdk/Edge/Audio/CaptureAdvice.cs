namespace Edge.Audio;

/// <summary>Something that is wrong with a live source, for people.</summary>
/// <param name="Finding">What.</param>
/// <param name="Text">With figures and what to do: "microphone at -62 dBFS: turn the gain up".</param>
public sealed record CaptureAdvice(CaptureFinding Finding, string Text);
