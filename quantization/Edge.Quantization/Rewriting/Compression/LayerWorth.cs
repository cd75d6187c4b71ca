namespace Edge.Quantization.Rewriting.Compression;

/// <summary>How much of a layer's output each block of its inputs carries.</summary>
internal static class LayerWorth
{
    /// <summary>Share of each block of inputs by itself: tr(W_b Σ_bb W_bᵀ) over the sum of all blocks; zeros for a layer whose output never changes.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="input">Moments of its inputs.</param>
    /// <param name="block">Inputs of a block: the taps of a channel, or the channels of a head.</param>
    public static double[] Shares(MatrixLayer layer, InputMoments input, int block)
    {
        double[] weights = layer.ReadWeights();
        int size = layer.Inputs;
        var shares = new double[size / block];
        Parallel.For(0, shares.Length, b =>
        {
            for (int i = b * block; i < (b + 1) * block; i++)
            {
                for (int j = b * block; j < (b + 1) * block; j++)
                {
                    double product = 0;
                    for (int o = 0; o < layer.Outputs; o++)
                    {
                        product += weights[o * size + i] * weights[o * size + j];
                    }

                    shares[b] += product * input.Covariance[i * size + j];
                }
            }
        });
        double total = shares.Sum();
        return total > 0 ? Array.ConvertAll(shares, share => share / total) : shares;
    }
}
