using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Rewriting.Compression;

/// <summary>Removes the attention heads that the output projections need least, and fits those projections to the heads that stay.</summary>
/// <remarks>
/// Whole heads as in Michel et al., "Are Sixteen Heads Really Better than One?", 2019; which ones is what <see cref="BlockElimination"/> says
/// of the projections' outputs over calibration data.
/// </remarks>
public static class HeadPruning
{
    /// <summary>An attention that lost heads.</summary>
    /// <param name="Attention">Its softmax, as messages name it.</param>
    /// <param name="Heads">How many heads there were.</param>
    /// <param name="Removed">Indices of those that went.</param>
    /// <param name="Loss">Error of the output projection after the fit, relative to its variance over calibration data.</param>
    public sealed record Cut(string Attention, int Heads, IReadOnlyList<int> Removed, double Loss);

    /// <summary>Prunes a graph.</summary>
    /// <param name="graph">A cleaned-up float graph with known shapes; it is changed. Shapes between its nodes are forgotten.</param>
    /// <param name="moments">Moments of the layers' inputs by node, from calibration.</param>
    /// <param name="fraction">Share of all heads that goes; 0 to below 1. One head of each attention stays.</param>
    /// <returns>What was cut, in the graph's order.</returns>
    /// <exception cref="GraphFormatException">The graph has no attention whose heads can go.</exception>
    public static IReadOnlyList<Cut> Apply(ModelGraph graph, IReadOnlyDictionary<Node, InputMoments> moments, double fraction)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fraction, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(fraction, 1);
        Attention[] found = [.. AttentionPattern.FindAll(graph).Select(pattern => Attention.Of(graph, pattern, moments)).OfType<Attention>()];
        if (found.Length == 0)
        {
            throw new GraphFormatException(graph.Name, "attention", "no heads can be removed: no attention with its own linear layers for query, key, value and output was recognised.");
        }

        int wanted = (int)(fraction * found.Sum(attention => attention.Heads));
        foreach ((Attention attention, Removal removal) in found
            .SelectMany(attention => attention.Order.Select(removal => (attention, removal)))
            .OrderBy(entry => entry.removal.Rank)
            .Take(wanted))
        {
            attention.Removed.AddRange(removal.Blocks);
            attention.Loss += removal.Loss;
        }

        foreach (Attention attention in found.Where(attention => attention.Removed.Count > 0))
        {
            attention.Remove(graph);
        }

        graph.RemoveDeadNodes();
        graph.ValueInfos.Clear();
        return [.. found.Where(attention => attention.Removed.Count > 0).Select(attention => attention.Report())];
    }

    private sealed class Attention
    {
        private readonly AttentionPattern pattern;
        private readonly InputMoments moments;
        private readonly List<(Node Reshape, int Axis, int PerHead)> reshapes;

        private Attention(AttentionPattern pattern, MatrixLayer output, InputMoments moments, List<(Node Reshape, int Axis, int PerHead)> reshapes)
        {
            (this.pattern, this.moments, this.reshapes) = (pattern, moments, reshapes);
            Order = BlockElimination.Order([new BlockElimination(output, moments, pattern.HeadSize)], keep: 1);
        }

        public int Heads => pattern.Heads;

        /// <summary>All heads but one, those that are needed least first.</summary>
        public IReadOnlyList<Removal> Order { get; }

        public List<int> Removed { get; } = [];

        public double Loss { get; set; }

        /// <summary>An attention all of whose parts are understood; null where one is not.</summary>
        public static Attention? Of(ModelGraph graph, AttentionPattern pattern, IReadOnlyDictionary<Node, InputMoments> moments)
        {
            int channels = pattern.Heads * pattern.HeadSize;
            if (pattern is not { Query: { } query, Key: { } key, Value: { } value, Output: { } output, Heads: > 1 }
                || Array.Exists([query, key, value], node => MatrixLayer.Find(graph, node)?.Outputs != channels)
                || MatrixLayer.Find(graph, output) is not { } projection || projection.Inputs != channels || !moments.TryGetValue(output, out InputMoments? input))
            {
                return null;
            }

            var reshapes = new List<(Node, int, int)>();
            string[] ends = [pattern.Scores.Inputs[0], pattern.Scores.Inputs[1], pattern.Values.Inputs[1], output.Inputs[0]];
            bool understood = IsPlain(graph, pattern) && Array.TrueForAll(ends, end => CollectReshapes(graph, end, pattern, reshapes));
            return understood ? new Attention(pattern, projection, input, reshapes) : null;
        }

        /// <summary>From scores to values only factors and a mask that is the same for all heads: nothing there knows how many heads there are.</summary>
        private static bool IsPlain(ModelGraph graph, AttentionPattern pattern)
        {
            if (pattern.Mask is { } mask && graph.Describe(mask)?.StaticShape is not ([_, _] or [.., 1, _, _]))
            {
                return false;
            }

            string value = pattern.Softmax.Inputs[0];
            while (graph.ProducerOf(value) is { OpType: "Mul" or "Div" or "Add" } node)
            {
                value = node.Inputs.First(input => graph.Constant(input) is null && input != pattern.Mask);
            }

            return graph.ProducerOf(value) == pattern.Scores && pattern.Values.Inputs[0] == pattern.Softmax.Outputs[0];
        }

        public Cut Report() => new($"{pattern.Softmax}", Heads, [.. Removed.Order()], Loss);

        public void Remove(ModelGraph graph)
        {
            int size = pattern.HeadSize;
            int[] heads = [.. Enumerable.Range(0, Heads).Where(head => !Removed.Contains(head))];
            int[] kept = [.. heads.SelectMany(head => Enumerable.Range(head * size, size))];
            foreach (Node node in (Node[])[pattern.Query!, pattern.Key!, pattern.Value!])
            {
                MatrixLayer.Find(graph, node)!.KeepOutputs(kept);
            }

            MatrixLayer output = MatrixLayer.Find(graph, pattern.Output!)!;
            LeastSquares.Refit(output, moments, kept);
            foreach ((Node reshape, int axis, int perHead) in reshapes)
            {
                long[] shape = graph.Constant(reshape.Inputs[1])!.ToLongs();
                shape[axis] = shape[axis] < 0 ? shape[axis] : heads.Length * perHead;
                string name = graph.UniqueName(reshape.Inputs[1]);
                graph.Initializers[name] = Tensor.Vector(shape);
                reshape.Inputs[1] = name;
            }
        }

        /// <summary>Back from a value to what makes it, over moves; each Reshape on the way must split channels into heads or join them.</summary>
        private static bool CollectReshapes(ModelGraph graph, string value, AttentionPattern pattern, List<(Node, int, int)> reshapes)
        {
            while (graph.ProducerOf(value) is { OpType: "Reshape" or "Transpose" or "Mul" or "Div" } node)
            {
                if (node.OpType == "Reshape" && !reshapes.Exists(entry => entry.Item1 == node))
                {
                    long[]? from = graph.Describe(node.Inputs[0])?.StaticShape, to = graph.Describe(value)?.StaticShape;
                    if (from is null || to is null || graph.Constant(node.Inputs[1]) is null || HeadAxis(from, to, pattern) is not { } place)
                    {
                        return false;
                    }

                    reshapes.Add((node, place.Axis, place.PerHead));
                }

                value = node.Inputs[graph.Constant(node.Inputs[0]) is null ? 0 : 1];
            }

            return true;
        }

        private static (int Axis, int PerHead)? HeadAxis(long[] from, long[] to, AttentionPattern pattern)
        {
            int channels = pattern.Heads * pattern.HeadSize;
            for (int axis = to.Length - 2; axis >= 0 && from[^1] == channels; axis--)
            {
                if (to[axis] == pattern.Heads && to[axis + 1] == pattern.HeadSize)
                {
                    return (axis, 1);
                }
            }

            return to[^1] == channels && from[^1] == pattern.HeadSize && from[^2] == pattern.Heads ? (to.Length - 1, pattern.HeadSize) : null;
        }
    }
}
