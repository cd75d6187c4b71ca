namespace Edge.Quantization.Rewriting.Compression;

/// <summary>Blocks of inputs that go together.</summary>
/// <param name="Blocks">Their indices.</param>
/// <param name="Loss">The error that taking them away adds, relative to the variance of the layers' outputs.</param>
/// <param name="Rank">What removals elsewhere are compared with: the loss of a block, or that of an earlier removal here where it was larger, because that one comes first.</param>
internal sealed record Removal(IReadOnlyList<int> Blocks, double Loss, double Rank);
