namespace Edge.Quantization.Rewriting.Compression;

/// <summary>Fits a layer's weights to a part of its inputs.</summary>
internal static class LeastSquares
{
    /// <summary>Added to the diagonal, relative to its mean, so that inputs that always move together leave the system solvable.</summary>
    private const double Damping = 1e-4;

    /// <summary>Leaves a layer some of its input channels, with the weights and the bias that keep its outputs nearest to what they were.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="input">Moments of its inputs.</param>
    /// <param name="channels">Indices of the channels that stay.</param>
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

    /// <summary>The weights V over some columns with the least E‖Wx − Vx_K‖²: V = W·S_:K·S_KK⁻¹.</summary>
    /// <param name="weights">W, [outputs, inputs].</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="input">Moments of x.</param>
    /// <param name="columns">K: indices of the inputs that stay.</param>
    /// <param name="centred">S is the covariance, as a bias takes up the mean; otherwise the second moment.</param>
    /// <returns>V, [outputs, columns].</returns>
    internal static double[] Fit(double[] weights, int outputs, InputMoments input, int[] columns, bool centred)
    {
        int size = input.Size, count = columns.Length;
        double Moment(int i, int j) => input.Covariance[i * size + j] + (centred ? 0 : input.Mean[i] * input.Mean[j]);
        var system = new double[count * count];
        double trace = 0;
        for (int r = 0; r < count; r++)
        {
            for (int c = 0; c < count; c++)
            {
                system[r * count + c] = Moment(columns[r], columns[c]);
            }

            trace += system[r * count + r];
        }

        double damping = trace > 0 ? Damping * trace / count : 1;
        for (int r = 0; r < count; r++)
        {
            system[r * count + r] += damping;
        }

        Factor(system, count);
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
                    row[k] += weights[o * size + i] * Moment(i, columns[k]);
                }
            }

            Solve(system, count, row);
        });
        return fitted;
    }

    /// <summary>Cholesky: the lower triangle becomes L with L·Lᵀ = A.</summary>
    private static void Factor(double[] a, int size)
    {
        for (int r = 0; r < size; r++)
        {
            for (int c = 0; c <= r; c++)
            {
                double sum = a[r * size + c];
                for (int k = 0; k < c; k++)
                {
                    sum -= a[r * size + k] * a[c * size + k];
                }

                a[r * size + c] = r == c ? Math.Sqrt(Math.Max(sum, double.Epsilon)) : sum / a[c * size + c];
            }
        }
    }

    private static void Solve(double[] l, int size, Span<double> x)
    {
        for (int r = 0; r < size; r++)
        {
            for (int k = 0; k < r; k++)
            {
                x[r] -= l[r * size + k] * x[k];
            }

            x[r] /= l[r * size + r];
        }

        for (int r = size - 1; r >= 0; r--)
        {
            for (int k = r + 1; k < size; k++)
            {
                x[r] -= l[k * size + r] * x[k];
            }

            x[r] /= l[r * size + r];
        }
    }
}
