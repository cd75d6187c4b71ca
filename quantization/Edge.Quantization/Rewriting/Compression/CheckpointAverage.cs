using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Compression;

/// <summary>Averages the weights of networks that were fine-tuned from one start.</summary>
/// <remarks>Source: Wortsman et al., "Model soups: averaging weights of multiple fine-tuned models improves accuracy without increasing inference time", 2022.</remarks>
public static class CheckpointAverage
{
    /// <summary>The mean of every float constant over the graphs.</summary>
    /// <param name="graphs">At least one graph; all of the same nodes and constants, as one exporter writes them. Not changed.</param>
    /// <exception cref="GraphFormatException">The graphs differ in more than the values of their float constants; the message names the first difference.</exception>
    public static ModelGraph Uniform(IReadOnlyList<ModelGraph> graphs)
    {
        ModelGraph average = graphs[0].Clone();
        foreach (ModelGraph other in graphs.Skip(1))
        {
            RequireSameStructure(graphs[0], other);
        }

        foreach ((string name, Tensor first) in graphs[0].Initializers)
        {
            if (first.ElementType is ElementType.Float32 or ElementType.Float16 or ElementType.Float64)
            {
                average.Initializers[name] = Mean(name, graphs);
            }
        }

        return average;
    }

    /// <summary>The greedy soup: networks join in order of their score, each only if the average scores no worse with it.</summary>
    /// <param name="graphs">The graphs, at least one.</param>
    /// <param name="score">What is to be large, such as accuracy on held-out clips; called once a graph and once an attempt.</param>
    /// <returns>The average, its score, and the indices of the graphs that are in it, in the order in which they joined.</returns>
    /// <exception cref="GraphFormatException">The graphs differ in more than the values of their float constants.</exception>
    public static (ModelGraph Graph, double Score, IReadOnlyList<int> Members) Greedy(IReadOnlyList<ModelGraph> graphs, Func<ModelGraph, double> score)
    {
        (int Index, double Score)[] ranked = [.. graphs.Select((graph, index) => (index, score(graph))).OrderByDescending(entry => entry.Item2)];
        List<int> members = [ranked[0].Index];
        (ModelGraph best, double bestScore) = (graphs[ranked[0].Index], ranked[0].Score);
        foreach ((int index, _) in ranked.Skip(1))
        {
            ModelGraph candidate = Uniform([.. members.Append(index).Select(i => graphs[i])]);
            double candidateScore = score(candidate);
            if (candidateScore >= bestScore)
            {
                (best, bestScore) = (candidate, candidateScore);
                members.Add(index);
            }
        }

        return (best, bestScore, members);
    }

    private static Tensor Mean(string name, IReadOnlyList<ModelGraph> graphs)
    {
        float[] first = graphs[0].Initializers[name].ToFloats();
        var sums = new double[first.Length];
        foreach (ModelGraph graph in graphs)
        {
            float[] values = graph.Initializers[name].ToFloats();
            for (int i = 0; i < sums.Length; i++)
            {
                sums[i] += values[i];
            }
        }

        return Tensor.Of(graphs[0].Initializers[name].Dims, Array.ConvertAll(sums, sum => (float)(sum / graphs.Count)));
    }

    private static void RequireSameStructure(ModelGraph first, ModelGraph other)
    {
        if (first.Nodes.Count != other.Nodes.Count)
        {
            throw new GraphFormatException(other.Name, "its nodes", $"found {other.Nodes.Count}, expected {first.Nodes.Count} as in {first.Name}; average networks of one architecture, exported alike.");
        }

        foreach ((Node mine, Node its) in first.Nodes.Zip(other.Nodes))
        {
            if (mine.OpType != its.OpType || !mine.Inputs.SequenceEqual(its.Inputs) || !mine.Outputs.SequenceEqual(its.Outputs))
            {
                throw new GraphFormatException(other.Name, $"{its}", $"stands where {first.Name} has {mine} or reads other values; average networks of one architecture, exported alike.");
            }
        }

        foreach ((string name, Tensor tensor) in first.Initializers)
        {
            Tensor? its = other.Initializers.GetValueOrDefault(name);
            if (its is null || its.ElementType != tensor.ElementType || !its.Dims.SequenceEqual(tensor.Dims))
            {
                throw new GraphFormatException(other.Name, $"constant '{name}'", $"is {its?.ToString() ?? "missing"}; expected {tensor} as in {first.Name}.");
            }
        }
    }
}
