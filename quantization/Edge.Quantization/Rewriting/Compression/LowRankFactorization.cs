using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Compression;

/// <summary>Cuts a linear layer into two thin ones where its outputs vary in few directions.</summary>
/// <remarks>
/// The weights are projected on the largest principal components of the layer's outputs over calibration data, which is the best
/// approximation of those outputs of a given rank: a truncated singular value decomposition with feature calibration. Source: Yu and Wu,
/// "Compressing Transformers: Features Are Low-Rank, but Weights Are Not!", 2023.
/// </remarks>
public static class LowRankFactorization
{
    /// <summary>A layer that was cut.</summary>
    /// <param name="Layer">The layer, as messages name it.</param>
    /// <param name="Rank">Channels between the two new layers.</param>
    /// <param name="FullRank">What the rank was.</param>
    /// <param name="KeptEnergy">Share of the outputs' variance that is kept.</param>
    /// <param name="SavedParameters">Weights saved.</param>
    public sealed record Cut(string Layer, int Rank, int FullRank, double KeptEnergy, int SavedParameters);

    /// <summary>Cuts every Gemm, MatMul and 1x1 Conv where that saves weights.</summary>
    /// <param name="graph">A cleaned-up float graph; it is changed.</param>
    /// <param name="moments">Moments of the layers' inputs by node, from calibration; other layers stay.</param>
    /// <param name="energy">Share of each layer's output variance that must stay; 0 to 1.</param>
    /// <returns>The layers that were cut, in order.</returns>
    public static IReadOnlyList<Cut> Apply(ModelGraph graph, IReadOnlyDictionary<Node, InputMoments> moments, double energy)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(energy, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(energy, 1);
        var cuts = new List<Cut>();
        foreach (Node node in graph.Nodes.ToList())
        {
            if (moments.TryGetValue(node, out InputMoments? input) && MatrixLayer.Find(graph, node) is { Taps: 1 } layer && Factorize(graph, layer, input, energy) is { } cut)
            {
                cuts.Add(cut);
            }
        }

        graph.RemoveDeadNodes();
        return cuts;
    }

    private static Cut? Factorize(ModelGraph graph, MatrixLayer layer, InputMoments input, double energy)
    {
        (int inputs, int outputs) = (layer.Inputs, layer.Outputs);
        double[] weights = layer.ReadWeights(); // [outputs, inputs]
        double[] covariance = OutputMoments(weights, outputs, input, layer.TakesBias);
        (double[] values, double[] components) = SymmetricEigen.Decompose(covariance, outputs);
        double total = values.Sum(value => Math.Max(value, 0));
        int rank = 0;
        double kept = 0;
        while (rank < outputs && kept < energy * total)
        {
            kept += Math.Max(values[rank++], 0);
        }

        int saved = inputs * outputs - rank * (inputs + outputs);
        if (rank == 0 || saved <= 0)
        {
            return null;
        }

        Replace(graph, layer, input, weights, values, components, rank);
        return new Cut($"{layer.Node}", rank, Math.Min(inputs, outputs), kept / total, saved);
    }

    /// <summary>
    /// y = Wx + b ≈ V·Vᵀ·(W(x − μ)) + Wμ + b, V the components as columns. Each component is divided by its standard deviation in between,
    /// so that the thin value uses its 8 bits evenly.
    /// </summary>
    private static void Replace(ModelGraph graph, MatrixLayer layer, InputMoments input, double[] weights, double[] values, double[] components, int rank)
    {
        (int inputs, int outputs) = (layer.Inputs, layer.Outputs);
        var first = new double[rank * inputs];
        var second = new double[outputs * rank];
        for (int k = 0; k < rank; k++)
        {
            double deviation = Math.Sqrt(Math.Max(values[k], values[0] * 1e-12));
            for (int o = 0; o < outputs; o++)
            {
                double component = components[k * outputs + o];
                second[o * rank + k] = component * deviation;
                for (int i = 0; i < inputs; i++)
                {
                    first[k * inputs + i] += component / deviation * weights[o * inputs + i];
                }
            }
        }

        double[] bias = layer.ReadBias();
        for (int o = 0; o < outputs && layer.TakesBias; o++)
        {
            for (int i = 0; i < inputs; i++)
            {
                double approximation = 0;
                for (int k = 0; k < rank; k++)
                {
                    approximation += second[o * rank + k] * first[k * inputs + i];
                }

                bias[o] += (weights[o * inputs + i] - approximation) * input.Mean[i];
            }
        }

        layer.Cut(graph, first, rank, second, bias);
    }

    /// <summary>W·S·Wᵀ, [outputs, outputs].</summary>
    private static double[] OutputMoments(double[] weights, int outputs, InputMoments input, bool centred)
    {
        int inputs = input.Size;
        var product = new double[outputs * inputs]; // W·S
        Parallel.For(0, outputs, o =>
        {
            Span<double> row = product.AsSpan(o * inputs, inputs);
            for (int i = 0; i < inputs; i++)
            {
                double weight = weights[o * inputs + i];
                for (int j = 0; j < inputs; j++)
                {
                    row[j] += weight * input.At(i, j, centred);
                }
            }
        });
        var result = new double[outputs * outputs];
        Parallel.For(0, outputs, o =>
        {
            for (int p = 0; p <= o; p++)
            {
                double sum = 0;
                for (int j = 0; j < inputs; j++)
                {
                    sum += product[o * inputs + j] * weights[p * inputs + j];
                }

                result[o * outputs + p] = result[p * outputs + o] = sum;
            }
        });
        return result;
    }
}
