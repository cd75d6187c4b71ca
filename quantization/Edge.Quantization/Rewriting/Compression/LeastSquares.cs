namespace Edge.Quantization.Rewriting.Compression;

/// <summary>Fits a layer to some of its inputs: the weights V of least error E‖Wx − Vx_K‖² over calibration data, from the moments of x.</summary>
internal static class LeastSquares
{
    /// <summary>Added to the diagonal, relative to its mean, so that inputs that always move together leave the system solvable.</summary>
    private const double Damping = 1e-4;

    /// <summary>Leaves a layer some of its input channels, with the weights and the bias that keep its outputs nearest to what they were.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="input">Moments of its inputs.</param>
    /// <param name="channels">Indices of the channels that stay, at least one.</param>
    public static void Refit(MatrixLayer layer, InputMoments input, int[] channels)
    {
        int[] columns = [.. channels.SelectMany(channel => Enumerable.Range(channel * layer.Taps, layer.Taps))];
        double[] weights = layer.ReadWeights();
        double[] fitted = Fit(weights, layer.Outputs, input, columns, centred: layer.TakesBias);
        double[] bias = layer.ReadBias();
        for (int o = 0; o < bias.Length; o++)
        {
            for (int i = 0; i < input.Size; i++)
            {
                bias[o] += weights[o * input.Size + i] * input.Mean[i];
            }

            for (int k = 0; k < columns.Length; k++)
            {
                bias[o] -= fitted[o * columns.Length + k] * input.Mean[columns[k]];
            }
        }

        layer.Write(fitted, channels.Length, bias);
    }

    /// <summary>V = W·S_:K·S_KK⁻¹, [outputs, columns].</summary>
    private static double[] Fit(double[] weights, int outputs, InputMoments input, int[] columns, bool centred)
    {
        int size = input.Size, count = columns.Length;
        double[] system = Moments(input, columns, centred);
        double damping = system[0] - input.At(columns[0], columns[0], centred);
        var factor = new Cholesky(system, count);
        var fitted = new double[outputs * count];
        Parallel.For(0, outputs, o =>
        {
            Span<double> row = fitted.AsSpan(o * count, count);
            for (int k = 0; k < count; k++)
            {
                // The damping pulls towards the old weights, not towards 0.
                row[k] = damping * weights[o * size + columns[k]];
                for (int i = 0; i < size; i++)
                {
                    row[k] += weights[o * size + i] * input.At(i, columns[k], centred);
                }
            }

            factor.Solve(row);
        });
        return fitted;
    }

    /// <summary>S_KK with damping. With a bias, which takes up the mean, S is the covariance; otherwise the second moment.</summary>
    public static double[] Moments(InputMoments input, int[] columns, bool centred)
    {
        int count = columns.Length;
        var moments = new double[count * count];
        double trace = 0;
        for (int r = 0; r < count; r++)
        {
            for (int c = 0; c < count; c++)
            {
                moments[r * count + c] = input.At(columns[r], columns[c], centred);
            }

            trace += moments[r * count + r];
        }

        double damping = trace > 0 ? Damping * trace / count : 1;
        for (int r = 0; r < count; r++)
        {
            moments[r * count + r] += damping;
        }

        return moments;
    }

    /// <summary>tr(W Σ Wᵀ).</summary>
    public static double Variance(double[] weights, int outputs, InputMoments input)
    {
        int size = input.Size;
        var rows = new double[outputs];
        Parallel.For(0, outputs, o =>
        {
            for (int i = 0; i < size; i++)
            {
                double product = 0;
                for (int j = 0; j < size; j++)
                {
                    product += input.Covariance[i * size + j] * weights[o * size + j];
                }

                rows[o] += product * weights[o * size + i];
            }
        });
        return rows.Sum();
    }
}
