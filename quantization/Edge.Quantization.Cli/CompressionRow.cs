using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Compression;

namespace Edge.Quantization.Cli;

/// <summary>A network that `edgec compress` reports: a checkpoint, what it starts from, or what a step made of that.</summary>
/// <param name="Name">What it is called in the report.</param>
/// <param name="Graph">The network.</param>
/// <param name="Step">What is known of it; null where no step is asked for, and for checkpoints.</param>
internal sealed record CompressionRow(string Name, ModelGraph Graph, CompressionStep? Step = null);
