using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Rewriting.Compression;

/// <summary>Removes the channels of hidden layers that the layers behind them need least, and fits those layers to what is left.</summary>
/// <remarks>
/// Which channels is what <see cref="BlockElimination"/> says of their readers' outputs over calibration data. After the cut each reader's
/// weights become the least-squares solution on the channels that stay, as in He et al., "Channel Pruning for Accelerating Very Deep Neural
/// Networks", 2017.
/// </remarks>
public sealed class ChannelPruning
{
    /// <summary>Of each set of coupled channels at least one in this many stays.</summary>
    private const int SmallestShare = 8;

    private readonly ModelGraph graph;
    private readonly IReadOnlyDictionary<Node, InputMoments> moments;
    private readonly List<Coupled> sets;
    private readonly (Coupled Set, Removal Removal)[] order;

    /// <summary>Finds the channels that can go and ranks them.</summary>
    /// <param name="graph">A cleaned-up float graph with known shapes.</param>
    /// <param name="moments">Moments of the layers' inputs by node, from calibration.</param>
    /// <param name="multiple">What is left of each set that is cut is a multiple of this many channels.</param>
    /// <exception cref="GraphFormatException">The shape of a value is not known, or no channel can go.</exception>
    public ChannelPruning(ModelGraph graph, IReadOnlyDictionary<Node, InputMoments> moments, int multiple = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(multiple, 1);
        (this.graph, this.moments) = (graph, moments);
        sets = FindSets(graph, moments);
        order = [.. sets.SelectMany(set => set.Order(moments, multiple).Select(removal => (set, removal))).OrderBy(entry => entry.removal.Rank)];
        if (order.Length == 0)
        {
            throw new GraphFormatException(graph.Name, "channels", multiple > 1 && sets.Count > 0
                ? $"no hidden channels can be removed in multiples of {multiple}; take a smaller multiple."
                : "no hidden channels can be removed: all are tied to inputs, outputs, normalizations or reshapes.");
        }
    }

    /// <summary>A set of coupled channels that was cut.</summary>
    /// <param name="Layers">The layers that make them.</param>
    /// <param name="Channels">How many there were.</param>
    /// <param name="Removed">How many went.</param>
    /// <param name="Loss">Error of the readers' outputs after the fit, relative to their variance over calibration data; the mean of the readers.</param>
    public sealed record Cut(string Layers, int Channels, int Removed, double Loss);

    /// <summary>Prunes the graph, which is changed; shapes between its nodes are forgotten.</summary>
    /// <param name="fraction">Share of all hidden channels that goes at most; 0 to below 1.</param>
    /// <returns>What was cut, in the graph's order.</returns>
    public IReadOnlyList<Cut> Apply(double fraction)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fraction, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(fraction, 1);
        int wanted = (int)(fraction * sets.Sum(set => set.Channels)), count = 0;
        while (count < order.Length && (wanted -= order[count].Removal.Blocks.Count) >= 0)
        {
            count++;
        }

        return Remove(count);
    }

    /// <summary>Prunes the graph no more than it takes to fit into a limit; the graph is changed, and shapes between its nodes are forgotten.</summary>
    /// <param name="limit">The most that it may cost.</param>
    /// <param name="costOf">What a graph costs.</param>
    /// <returns>What was cut, in the graph's order; nothing where the graph fits as it is.</returns>
    /// <exception cref="GraphFormatException">It does not fit even without all channels that can go.</exception>
    public IReadOnlyList<Cut> Apply(ModelCost limit, Func<ModelGraph, ModelCost> costOf)
    {
        ModelCost least = costOf(Sliced(order.Length));
        if (!Fits(least))
        {
            throw new GraphFormatException(graph.Name, "channels",
                $"without all channels that can go, it still has {least.Parameters} parameters and {least.MultiplyAccumulates} products; allow more, or start from a smaller network.");
        }

        int low = -1, high = order.Length; // the first does not fit, the second does
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            (low, high) = Fits(costOf(Sliced(middle))) ? (low, middle) : (middle, high);
        }

        return Remove(high);

        bool Fits(ModelCost cost) => cost.Parameters <= limit.Parameters && cost.MultiplyAccumulates <= limit.MultiplyAccumulates;
    }

    private IReadOnlyList<Cut> Remove(int count)
    {
        ILookup<Coupled, Removal> removed = order.Take(count).ToLookup(entry => entry.Set, entry => entry.Removal);
        Coupled[] cut = [.. sets.Where(removed.Contains)];
        foreach (Coupled set in cut)
        {
            set.Remove(graph, set.Without(removed[set]), moments);
        }

        Finish(graph);
        return [.. cut.Select(set => set.Report(graph, removed[set]))];
    }

    /// <summary>The graph as it is without some channels, but with no layer fitted: to see what it costs.</summary>
    private ModelGraph Sliced(int count)
    {
        ModelGraph sliced = graph.Clone();
        foreach (IGrouping<Coupled, Removal> set in order.Take(count).GroupBy(entry => entry.Set, entry => entry.Removal))
        {
            set.Key.Slice(sliced, set.Key.Without(set));
        }

        Finish(sliced);
        return sliced;
    }

    /// <summary>Gives depthwise convolutions as many groups as channels, and forgets shapes.</summary>
    private static void Finish(ModelGraph graph)
    {
        foreach (Node node in graph.Nodes.Where(node => node.OpType == "Conv" && node.Int("group", 1) > 1))
        {
            if (graph.Initializers.TryGetValue(node.Inputs[1], out Tensor? weights) && weights.Dims[1] == 1)
            {
                node.Attributes["group"] = weights.Dims[0];
            }
        }

        graph.RemoveDeadNodes();
        graph.ValueInfos.Clear();
    }

    private static List<Coupled> FindSets(ModelGraph graph, IReadOnlyDictionary<Node, InputMoments> moments)
    {
        var readers = new Dictionary<AxisOf, MatrixLayer?>(); // null for layers that cannot be fitted
        foreach (Node node in graph.Nodes.Where(node => node.OpType != "Conv" || node.Int("group", 1) == 1).Where(node => WeightLayer.Is(graph, node)))
        {
            int outputs = WeightLayer.OutputAxis(node, graph.Initializers[node.Inputs[1]]);
            readers[new AxisOf(node.Inputs[1], 1 - outputs)] = moments.ContainsKey(node) ? MatrixLayer.Find(graph, node) : null;
        }

        var sets = new List<Coupled>();
        foreach (IReadOnlyList<AxisOf> axes in AxisClasses.Of(graph).Free())
        {
            MatrixLayer?[] found = [.. axes.Where(readers.ContainsKey).Select(axis => readers[axis])];
            int channels = (int)graph.Initializers[axes[0].Value].Dims[axes[0].Axis];
            if (found.Length > 0 && !found.Contains(null) && channels > 1)
            {
                sets.Add(new Coupled(axes, [.. found.OfType<MatrixLayer>()], channels));
            }
        }

        return [.. sets.OrderBy(set => graph.Nodes.IndexOf(set.Readers[0].Node))];
    }

    /// <summary>Channels that go together: axes of constants, and the layers that read them.</summary>
    private sealed record Coupled(IReadOnlyList<AxisOf> Axes, IReadOnlyList<MatrixLayer> Readers, int Channels)
    {
        public IReadOnlyList<Removal> Order(IReadOnlyDictionary<Node, InputMoments> moments, int multiple) => BlockElimination.Order(
            [.. Readers.Select(reader => new BlockElimination(reader, moments[reader.Node], reader.Taps))], Math.Max(1, Channels / SmallestShare), multiple);

        public int[] Without(IEnumerable<Removal> removals) => [.. Enumerable.Range(0, Channels).Except(removals.SelectMany(removal => removal.Blocks))];

        public void Slice(ModelGraph graph, int[] kept)
        {
            foreach (AxisOf axis in Axes)
            {
                ConstantSlice.Keep(graph, axis, kept);
            }
        }

        public void Remove(ModelGraph graph, int[] kept, IReadOnlyDictionary<Node, InputMoments> moments)
        {
            foreach (MatrixLayer reader in Readers)
            {
                LeastSquares.Refit(MatrixLayer.Find(graph, reader.Node)!, moments[reader.Node], kept);
            }

            foreach (AxisOf axis in Axes.Where(axis => !Readers.Any(reader => reader.Node.Inputs[1] == axis.Value && reader.InputAxis == axis.Axis)))
            {
                ConstantSlice.Keep(graph, axis, kept);
            }
        }

        public Cut Report(ModelGraph graph, IEnumerable<Removal> removals)
        {
            HashSet<string> constants = [.. Axes.Select(axis => axis.Value)];
            string makers = string.Join(", ", graph.Nodes
                .Where(node => node.OpType is "Conv" or "Gemm" or "MatMul" && !Readers.Any(reader => reader.Node == node) && node.Inputs.Exists(constants.Contains))
                .Select(node => $"{node}"));
            return new Cut(makers, Channels, removals.Sum(removal => removal.Blocks.Count), removals.Sum(removal => removal.Loss) / Readers.Count);
        }
    }
}
