namespace Edge.Quantization.Graph.TfLite;

/// <summary>Names of a file's tensors as people read them.</summary>
internal static class TfLiteNames
{
    /// <summary>
    /// A name for each tensor. TensorFlow's converter gives a tensor the names of all operators that were fused into its own, joined by semicolons;
    /// the first of them stays where no other tensor has it.
    /// </summary>
    public static string[] Of(TfLiteSubgraph subgraph)
    {
        string[] first = [.. subgraph.Tensors.Select(tensor => tensor.Name.Split(';')[0])];
        Dictionary<string, int> uses = first.CountBy(name => name).ToDictionary();
        return [.. subgraph.Tensors.Select((tensor, i) => first[i].Length > 0 && uses[first[i]] == 1 ? first[i] : tensor.Name)];
    }

    /// <summary>The subgraph with these names.</summary>
    public static TfLiteSubgraph Shorten(TfLiteSubgraph subgraph)
    {
        string[] names = Of(subgraph);
        return subgraph with { Tensors = [.. subgraph.Tensors.Select((tensor, i) => tensor with { Name = names[i] })] };
    }
}
