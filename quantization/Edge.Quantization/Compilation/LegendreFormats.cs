using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Compilation;

/// <summary>A Legendre memory's matrices as the device reads them: int16, each row with fraction bits of its own.</summary>
/// <remarks>
/// A row has as many fraction bits as its 32-bit accumulator surely holds: Σ |A|·2^15 + |B·u| below 2^31, which leaves rows of a memory of order 256
/// with 12. Rounded each by itself, their errors add up over the memory's whole length. They are rounded together instead, so that what one element is off
/// is made up for by the others of its row, as the states of this memory have it: for a row's errors e the mean of (e·m)² over white noise is e·G·eᵀ, with G
/// the memory's controllability Gramian Σ h·hᵀ of its impulse response h, and is made small column by column (Babai's nearest plane on the
/// Cholesky factors of G).
/// </remarks>
/// <param name="StateMatrix">A, [order, order].</param>
/// <param name="InputVector">B, [order].</param>
/// <param name="Shifts">[2, order]: fraction bits of A's rows, left shifts of B's products.</param>
internal sealed record LegendreFormats(short[] StateMatrix, short[] InputVector, int[] Shifts)
{
    private const int MaxBits = 15;
    private const double Regularization = 1e-5; // of G's mean diagonal: double precision does not resolve less of its smallest directions
    private const double FadedEnergy = 1e-14; // of the impulse response's first

    /// <summary>Finds the formats.</summary>
    /// <param name="design">The memory in double precision.</param>
    /// <param name="inputScale">Scale of u.</param>
    /// <param name="stateScale">Scale of the state.</param>
    /// <param name="largestInput">Largest magnitude of u's integers without zero point.</param>
    /// <exception cref="ArgumentOutOfRangeException">The state's scale is so fine beside the input's that one frame fills it.</exception>
    public static LegendreFormats Create(LegendreMemoryDesign design, double inputScale, double stateScale, int largestInput)
    {
        int order = design.Order;
        double[] lower = Factors(Gramian(design), order);
        var matrix = new short[order * order];
        var vector = new short[order];
        var shifts = new int[2 * order];
        for (int i = 0; i < order; i++)
        {
            ReadOnlySpan<double> row = design.StateMatrix.AsSpan(i * order, order);
            double input = design.InputVector[i] * inputScale / stateScale;
            int bits = MaxBits;
            while (!TryRow(row, input, bits, largestInput, lower, matrix.AsSpan(i * order, order), out vector[i], out shifts[order + i]))
            {
                bits = bits > 0 ? bits - 1 : throw new ArgumentOutOfRangeException(
                    nameof(stateScale), stateScale, "A frame of the Legendre memory's input leaves the range of its state. Was it calibrated on silence?");
            }

            shifts[i] = bits;
        }

        return new LegendreFormats(matrix, vector, shifts);
    }

    /// <summary>Rounds a row to a number of fraction bits; false where an element or the accumulator does not hold it.</summary>
    private static bool TryRow(
        ReadOnlySpan<double> row, double input, int bits, int largestInput, double[] lower, Span<short> rounded, out short inputWeight, out int inputShift)
    {
        (inputWeight, inputShift) = (0, 0);
        double scaledInput = Math.ScaleB(input, bits);
        inputShift = scaledInput == 0 ? 0 : Math.Max(-MaxBits, Math.ILogB(Math.Abs(scaledInput)) + 1 - MaxBits);
        double weight = Math.Round(Math.ScaleB(scaledInput, -inputShift));
        if (Math.Abs(weight) > short.MaxValue)
        {
            weight = Math.Round(Math.ScaleB(scaledInput, -++inputShift));
        }

        double bound = Math.Ceiling(Math.Abs(Math.ScaleB(weight * largestInput, inputShift))) + (1 << bits);
        int order = row.Length;
        var errors = new double[order];
        for (int j = order - 1; j >= 0; j--)
        {
            int column = order - 1 - j;
            double target = Math.ScaleB(row[column], bits);
            double wanted = target;
            for (int k = j + 1; k < order; k++)
            {
                wanted += errors[k] * lower[k * order + j];
            }

            double nearest = Math.Round(wanted);
            bound += Math.Abs(nearest) * (1 << 15);
            if (Math.Abs(nearest) > short.MaxValue || bound > int.MaxValue || inputShift > MaxBits)
            {
                return false;
            }

            (rounded[column], errors[j]) = ((short)nearest, target - nearest);
        }

        inputWeight = (short)weight;
        return true;
    }

    /// <summary>Σ h·hᵀ over the impulse response, [order, order], until it has faded; the last coefficient stands first.</summary>
    /// <remarks>So the first column is rounded first: high coefficients, of which most is known from the others, make up best for what is left.</remarks>
    private static double[] Gramian(LegendreMemoryDesign design)
    {
        int order = design.Order;
        var gramian = new double[order * order];
        double[] response = [.. design.InputVector], next = new double[order];
        double first = response.Sum(value => value * value);
        for (int frame = 0; frame < 100 * (int)(design.Theta + order) && response.Sum(value => value * value) > FadedEnergy * first; frame++)
        {
            for (int i = 0; i < order; i++)
            {
                Span<double> row = gramian.AsSpan(i * order, order);
                for (int j = 0; j <= i; j++)
                {
                    row[j] += response[order - 1 - i] * response[order - 1 - j];
                }
            }

            design.Step(response, next);
            (response, next) = (next, response);
        }

        return gramian;
    }

    /// <summary>The unit lower triangle L of G = L·D·Lᵀ, below the diagonal, in the place of G's own.</summary>
    private static double[] Factors(double[] gramian, int order)
    {
        double trace = Enumerable.Range(0, order).Sum(i => gramian[i * (order + 1)]);
        var diagonal = new double[order];
        for (int i = 0; i < order; i++)
        {
            Span<double> row = gramian.AsSpan(i * order, order);
            diagonal[i] = row[i] + trace / order * Regularization;
            for (int j = 0; j < i; j++)
            {
                ReadOnlySpan<double> other = gramian.AsSpan(j * order, order);
                double sum = row[j];
                for (int k = 0; k < j; k++)
                {
                    sum -= row[k] * diagonal[k] * other[k];
                }

                row[j] = sum / diagonal[j];
                diagonal[i] -= row[j] * row[j] * diagonal[j];
            }
        }

        return gramian;
    }
}
