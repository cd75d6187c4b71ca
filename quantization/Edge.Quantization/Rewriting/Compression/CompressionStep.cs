using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Compression;

/// <summary>A step of compression and what the network is like after it.</summary>
/// <param name="Name">What was done; "original" for the network before all steps.</param>
/// <param name="Details">What was done where, a line each.</param>
/// <param name="Cost">What the network costs now.</param>
/// <param name="SqnrDb">Outputs over calibration samples against those of the original: power of the signal over power of the difference, in decibels.</param>
/// <param name="Graph">The network.</param>
public sealed record CompressionStep(string Name, IReadOnlyList<string> Details, ModelCost Cost, double SqnrDb, ModelGraph Graph);
