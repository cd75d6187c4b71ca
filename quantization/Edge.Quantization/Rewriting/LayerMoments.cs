using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting;

/// <summary>Collects the second moments of the inputs of a float graph's layers over calibration samples.</summary>
internal static class LayerMoments
{
    /// <summary>Memory for moments; layers that do not fit together take further runs over the samples.</summary>
    private const long BudgetBytes = 256L << 20;

    /// <summary>Longest row whose moments are kept: 64 MB.</summary>
    private const int MaxLength = 4096;

    /// <summary>Rows of a layer that are enough for its moments; taken evenly from all samples.</summary>
    private const int Rows = 16_384;

    /// <summary>The moments of all layers, a few at a time.</summary>
    /// <param name="graph">A float graph.</param>
    /// <param name="layers">Outputs of the layers wanted.</param>
    /// <param name="samples">Calibration samples; enumerated once for every <see cref="BudgetBytes"/>.</param>
    /// <param name="count">How many samples there are.</param>
    /// <param name="use">Receives each layer's moments, which are given back afterwards. Layers of an unknown form are left out.</param>
    /// <param name="cancellationToken">Stops between two samples.</param>
    public static void Collect(
        ModelGraph graph, IEnumerable<Node> layers, IEnumerable<IReadOnlyDictionary<string, OnnxTensor>> samples, int count,
        Action<Node, SecondMoments> use, CancellationToken cancellationToken)
    {
        int rowsPerSample = Math.Max(1, Rows / Math.Max(1, count));
        using var runner = new FloatRunner(graph);
        foreach (List<Entry> batch in Batches(graph, layers))
        {
            ILookup<string, Entry> byInput = batch.ToLookup(entry => entry.Node.Inputs[0]);
            int index = 0;
            foreach (IReadOnlyDictionary<string, OnnxTensor> sample in samples)
            {
                cancellationToken.ThrowIfCancellationRequested();
                foreach ((string name, OnnxTensor tensor) in sample.Where(pair => pair.Value.ElementType == OnnxElementType.Float32))
                {
                    Add(byInput[name], tensor.Elements<float>(), tensor.Dims, rowsPerSample, index);
                }

                runner.Run(sample, output =>
                {
                    if (output.ElementType == OnnxElementType.Float32 && byInput.Contains(output.Name))
                    {
                        Add(byInput[output.Name], output.Elements<float>(), output.Dims, rowsPerSample, index);
                    }
                });
                index++;
            }

            batch.ForEach(entry => use(entry.Node, entry.Moments.Value));
        }
    }

    private sealed record Entry(Node Node, LayerInputRows Rows, Lazy<SecondMoments> Moments);

    private static IEnumerable<List<Entry>> Batches(ModelGraph graph, IEnumerable<Node> layers)
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

            batch.Add(new Entry(node, rows, new(() => new SecondMoments(rows.Groups, rows.Length))));
            bytes += needed;
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }

    private static void Add(IEnumerable<Entry> entries, ReadOnlySpan<float> input, ReadOnlySpan<long> dims, int rowsPerSample, int index)
    {
        foreach (Entry entry in entries)
        {
            SecondMoments moments = entry.Moments.Value;
            int count = entry.Rows.CountOf(dims);
            int step = (count + rowsPerSample - 1) / rowsPerSample;
            for (int row = step > 1 ? index % step : 0; row < count; row += step)
            {
                for (int group = 0; group < entry.Rows.Groups; group++)
                {
                    entry.Rows.Copy(input, dims, row, group, moments.NextRow(group));
                    moments.Commit(group);
                }
            }
        }
    }
}
