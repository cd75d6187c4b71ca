namespace Edge.Quantization.Graph.TfLite;

/// <summary>Short names of a file's tensors.</summary>
internal static class TfLiteNames
{
    /// <summary>
    /// A name for each tensor. TensorFlow's converter gives a tensor the names of all operators that were fused into its own, joined by semicolons:
    /// the first of them is enough, or the last, where no other tensor has it.
    /// </summary>
    public static string[] Of(TfLiteSubgraph subgraph)
    {
        string[][] candidates = [.. subgraph.Tensors.Select(tensor => Candidates(tensor.Name))];
        Dictionary<string, int> uses = candidates.SelectMany(names => names).CountBy(name => name).ToDictionary();
        return [.. candidates.Select(names => names.First(name => name == names[^1] || (name.Length > 0 && uses[name] == 1)))];
    }

    /// <summary>The subgraph with these names.</summary>
    public static TfLiteSubgraph Shorten(TfLiteSubgraph subgraph)
    {
        string[] names = Of(subgraph);
        return subgraph with { Tensors = [.. subgraph.Tensors.Select((tensor, i) => tensor with { Name = names[i] })] };
    }

    /// <summary>Names from the best to the whole one.</summary>
    private static string[] Candidates(string name)
    {
        string[] parts = name.Split(';');
        return parts.Length == 1 ? [name] : [.. new[] { parts[0], parts[^1], name }.Distinct()];
    }
}
