using Edge.OnnxRuntime;

namespace Edge.Quantization.Calibration;

/// <summary>What one run of a graph takes.</summary>
/// <param name="Name">Where it comes from: the clip's path, and for a part of it the first frame, as in "a.wav[98]".</param>
/// <param name="Tensors">A tensor for each input of the graph, by name.</param>
public sealed record CalibrationSample(string Name, IReadOnlyDictionary<string, OnnxTensor> Tensors);
