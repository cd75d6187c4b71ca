using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Compression;

/// <summary>Removes the channels of hidden layers that the layers behind them need least, and fits those layers to what is left.</summary>
/// <remarks>
/// A channel's worth is what its readers' outputs lose over calibration data when it goes and their other weights make up for it. After
/// the cut each reader's weights become the least-squares solution on the channels that stay, as in He et al., "Channel Pruning for
/// Accelerating Very Deep Neural Networks", 2017.
/// </remarks>
public static class ChannelPruning
{
    /// <summary>Of each set of coupled channels at least one in this many stays.</summary>
    private const int SmallestShare = 8;

    /// <summary>A set of coupled channels that was cut.</summary>
    /// <param name="Layers">The layers that make them.</param>
    /// <param name="Channels">How many there were.</param>
    /// <param name="Removed">How many went.</param>
    /// <param name="Loss">Error of the readers' outputs, relative to their variance: the sum of what each removed channel alone would cost.</param>
    public sealed record Cut(string Layers, int Channels, int Removed, double Loss);

    /// <summary>Prunes a graph.</summary>
    /// <param name="graph">A cleaned-up float graph with known shapes; it is changed. Shapes between its nodes are forgotten.</param>
    /// <param name="moments">Moments of the layers' inputs by node, from calibration.</param>
    /// <param name="fraction">Share of all hidden channels that goes; 0 to below 1.</param>
    /// <returns>What was cut, in the graph's order.</returns>
    /// <exception cref="GraphFormatException">The shape of a value is not known, or no channel can go.</exception>
    public static IReadOnlyList<Cut> Apply(ModelGraph graph, IReadOnlyDictionary<Node, InputMoments> moments, double fraction)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fraction, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(fraction, 1);
        List<Coupled> sets = FindSets(graph, moments);
        if (sets.Count == 0)
        {
            throw new GraphFormatException(graph.Name, "channels", "no hidden channels can be removed: all are tied to inputs, outputs, normalizations or reshapes.");
        }

        Choose(sets, fraction);
        foreach (Coupled set in sets.Where(set => set.Removed.Count > 0))
        {
            set.Remove(graph, moments);
        }

        SetGroups(graph);
        graph.RemoveDeadNodes();
        graph.ValueInfos.Clear();
        return [.. sets.Where(set => set.Removed.Count > 0).Select(set => set.Report(graph))];
    }

    /// <summary>A depthwise convolution has as many groups as channels.</summary>
    private static void SetGroups(ModelGraph graph)
    {
        foreach (Node node in graph.Nodes.Where(node => node.OpType == "Conv" && node.Int("group", 1) > 1))
        {
            if (graph.Initializers.TryGetValue(node.Inputs[1], out Tensor? weights) && weights.Dims[1] == 1)
            {
                node.Attributes["group"] = weights.Dims[0];
            }
        }
    }

    private static List<Coupled> FindSets(ModelGraph graph, IReadOnlyDictionary<Node, InputMoments> moments)
    {
        var layers = new Dictionary<string, MatrixLayer>();
        foreach (Node node in graph.Nodes)
        {
            if (moments.ContainsKey(node) && MatrixLayer.Find(graph, node) is { } layer)
            {
                layers[node.Inputs[1]] = layer;
            }
        }

        var sets = new List<Coupled>();
        foreach (IReadOnlyList<AxisOf> axes in AxisClasses.Of(graph).Free())
        {
            MatrixLayer[] readers = [.. axes.Where(axis => layers.TryGetValue(axis.Value, out MatrixLayer? layer) && layer.InputAxis == axis.Axis).Select(axis => layers[axis.Value])];
            int channels = (int)graph.Initializers[axes[0].Value].Dims[axes[0].Axis];
            if (readers.Length > 0 && channels > 1)
            {
                sets.Add(new Coupled(axes, readers, channels, moments));
            }
        }

        return [.. sets.OrderBy(set => graph.Nodes.IndexOf(set.Readers[0].Node))];
    }

    /// <summary>The channels of least worth over all sets.</summary>
    private static void Choose(List<Coupled> sets, double fraction)
    {
        int wanted = (int)(fraction * sets.Sum(set => set.Channels));
        IEnumerable<(Coupled Set, int Channel)> ranked = sets
            .SelectMany(set => Enumerable.Range(0, set.Channels).Select(channel => (Set: set, Channel: channel)))
            .OrderBy(entry => entry.Set.Worth[entry.Channel]);
        foreach ((Coupled set, int channel) in ranked)
        {
            if (wanted > 0 && set.Channels - set.Removed.Count > Math.Max(1, set.Channels / SmallestShare))
            {
                set.Removed.Add(channel);
                wanted--;
            }
        }
    }

    /// <summary>Channels that go together: axes of constants, and the layers that read them.</summary>
    private sealed class Coupled
    {
        private readonly IReadOnlyList<AxisOf> axes;

        public Coupled(IReadOnlyList<AxisOf> axes, MatrixLayer[] readers, int channels, IReadOnlyDictionary<Node, InputMoments> moments)
        {
            (this.axes, Readers, Channels) = (axes, readers, channels);
            Worth = new double[channels];
            foreach (MatrixLayer reader in readers)
            {
                double[] losses = LeastSquares.Losses(reader, moments[reader.Node], reader.Taps);
                for (int channel = 0; channel < channels; channel++)
                {
                    Worth[channel] += losses[channel];
                }
            }
        }

        public MatrixLayer[] Readers { get; }

        public int Channels { get; }

        public double[] Worth { get; }

        public HashSet<int> Removed { get; } = [];

        public Cut Report(ModelGraph graph)
        {
            HashSet<string> constants = [.. axes.Select(axis => axis.Value)];
            string makers = string.Join(", ", graph.Nodes
                .Where(node => node.OpType is "Conv" or "Gemm" or "MatMul" && !Array.Exists(Readers, reader => reader.Node == node) && node.Inputs.Exists(constants.Contains))
                .Select(node => $"{node}"));
            return new Cut(makers, Channels, Removed.Count, Removed.Sum(channel => Worth[channel]) / Readers.Length);
        }

        public void Remove(ModelGraph graph, IReadOnlyDictionary<Node, InputMoments> moments)
        {
            int[] kept = [.. Enumerable.Range(0, Channels).Where(channel => !Removed.Contains(channel))];
            foreach (MatrixLayer reader in Readers)
            {
                LeastSquares.Refit(MatrixLayer.Find(graph, reader.Node)!, moments[reader.Node], kept);
            }

            foreach (AxisOf axis in axes.Where(axis => !Array.Exists(Readers, reader => reader.Node.Inputs[1] == axis.Value && reader.InputAxis == axis.Axis)))
            {
                ConstantSlice.Keep(graph, axis, kept);
            }
        }
    }
}
