using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>Collects the second moments of what some layers of a float graph read.</summary>
/// <param name="entries">The layers, and the rows that each multiplies with its weights.</param>
/// <param name="samples">How many samples will run; rows are taken evenly from all.</param>
internal sealed class LayerMoments(IReadOnlyList<LayerMoments.Entry> entries, int samples) : IActivationObserver
{
    /// <summary>Memory for moments; layers that do not fit together take further runs over the samples.</summary>
    private const long BudgetBytes = 256L << 20;

    /// <summary>Longest row whose moments are kept: 64 MB.</summary>
    private const int MaxLength = 4096;

    /// <summary>Rows of a layer that are enough for its moments.</summary>
    private const int Rows = 16_384;

    private readonly ILookup<string, Entry> byInput = entries.ToLookup(entry => entry.Node.Inputs[0]);
    private readonly int rowsPerSample = Math.Max(1, Rows / Math.Max(1, samples));

    /// <summary>A layer and its moments so far.</summary>
    internal sealed class Entry(Node node, LayerInputRows rows)
    {
        private SecondMoments? moments;

        public Node Node => node;

        public LayerInputRows Rows => rows;

        public SecondMoments Moments => moments ??= new SecondMoments(rows.Groups, rows.Length);

        public int Seen { get; set; }
    }

    /// <inheritdoc/>
    public int Passes => 1;

    /// <summary>Layers in groups whose moments fit into memory together; those of an unknown form are left out.</summary>
    public static IEnumerable<IReadOnlyList<Entry>> Batches(ModelGraph graph, IEnumerable<Node> layers)
    {
        var batch = new List<Entry>();
        long bytes = 0;
        foreach (Node node in layers)
        {
            if (LayerInputRows.Of(graph, node) is not { Length: <= MaxLength } rows)
            {
                continue;
            }

            long needed = SecondMoments.BytesOf(rows.Groups, rows.Length);
            if (batch.Count > 0 && bytes + needed > BudgetBytes)
            {
                yield return batch;
                (batch, bytes) = ([], 0);
            }

            batch.Add(new Entry(node, rows));
            bytes += needed;
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }

    /// <inheritdoc/>
    public void BeginPass(int pass)
    {
    }

    /// <inheritdoc/>
    public void Observe(string value, ReadOnlySpan<long> dims, ReadOnlySpan<float> activations)
    {
        foreach (Entry entry in byInput[value])
        {
            int count = entry.Rows.CountOf(dims);
            int step = Math.Max(1, (count + rowsPerSample - 1) / rowsPerSample);
            for (int row = entry.Seen % step; row < count; row += step)
            {
                for (int group = 0; group < entry.Rows.Groups; group++)
                {
                    entry.Rows.Copy(activations, dims, row, group, entry.Moments.NextRow(group));
                    entry.Moments.Commit(group);
                }
            }

            entry.Seen++;
        }
    }
}
