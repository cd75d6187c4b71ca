namespace Edge.OnnxRuntime;

/// <summary>What was asked for and what runs.</summary>
/// <param name="Asked">The policy.</param>
/// <param name="Running">The provider that was taken.</param>
/// <param name="NodesByProvider">Number of the model's nodes on each provider by ONNX Runtime's name for it; empty before version 1.24, which cannot tell.</param>
/// <param name="Declined">One sentence for each provider that was asked for and not taken.</param>
public sealed record ProviderReport(
    ProviderPolicy Asked, ExecutionProvider Running, IReadOnlyDictionary<string, int> NodesByProvider, IReadOnlyList<string> Declined)
{
    /// <summary>One line for a log.</summary>
    public override string ToString()
    {
        string nodes = string.Join(", ", NodesByProvider.Select(pair => $"{pair.Value} nodes on {pair.Key}"));
        string declined = string.Concat(Declined.Select(sentence => $"; {sentence}"));
        return $"asked to {Asked}; runs on {Running}{(nodes.Length > 0 ? $" ({nodes})" : "")}{declined}";
    }
}
