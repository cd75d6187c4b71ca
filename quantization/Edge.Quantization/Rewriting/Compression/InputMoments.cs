using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Quantization.Rewriting.Compression;

/// <summary>Mean and covariance of the rows that a layer multiplies with its weights.</summary>
public sealed class InputMoments
{
    private InputMoments(SecondMoments moments)
    {
        Size = moments.Length;
        Mean = moments.Mean(0);
        Covariance = Array.ConvertAll(moments.Matrix(0), value => (double)value);
        for (int i = 0; i < Size; i++)
        {
            for (int j = 0; j < Size; j++)
            {
                Covariance[i * Size + j] -= Mean[i] * Mean[j];
            }
        }
    }

    /// <summary>Elements of a row: input channels times taps of the kernel, the taps of a channel together.</summary>
    public int Size { get; }

    /// <summary>μ, [size].</summary>
    public double[] Mean { get; }

    /// <summary>E[(x − μ)(x − μ)ᵀ], [size, size].</summary>
    public double[] Covariance { get; }

    /// <summary>An element of the covariance, or where it is not centred, of E[xxᵀ].</summary>
    /// <remarks>A layer whose bias takes up the mean answers to the covariance alone; another one to the mean too.</remarks>
    internal double At(int row, int column, bool centred) => Covariance[row * Size + column] + (centred ? 0 : Mean[row] * Mean[column]);

    /// <summary>Runs calibration samples through a graph and keeps the moments of every Conv of one group, Gemm and MatMul by a constant.</summary>
    /// <param name="graph">A cleaned-up float graph.</param>
    /// <param name="data">The samples; run once for every 256 MB of moments.</param>
    /// <param name="sampleDone">Called after each sample.</param>
    /// <param name="cancellationToken">Stops between two samples.</param>
    /// <returns>The moments by node.</returns>
    /// <exception cref="InvalidDataException">A value is NaN, or there is no sample.</exception>
    public static IReadOnlyDictionary<Node, InputMoments> Collect(ModelGraph graph, CalibrationData data, Action? sampleDone = null, CancellationToken cancellationToken = default)
    {
        var collected = new Dictionary<Node, InputMoments>();
        IEnumerable<Node> layers = graph.Nodes.Where(node => WeightLayer.Is(graph, node) && MatrixLayer.Find(graph, node) is not null);
        foreach (IReadOnlyList<LayerMoments.Entry> batch in LayerMoments.Batches(graph, layers))
        {
            ActivationCollector.Collect(graph, data.Samples(sampleDone), new LayerMoments(batch, data.Count), cancellationToken);
            foreach (LayerMoments.Entry entry in batch)
            {
                collected[entry.Node] = new InputMoments(entry.Moments);
            }
        }

        return collected;
    }
}
