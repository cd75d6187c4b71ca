using Edge.Inference;

namespace Edge.Detection;

/// <summary>Mean squared error between what a network took and what it gave, in exact integers.</summary>
/// <remarks>
/// Both scales are rounded to multiples of 2^-k, k such that the larger has 16 bits: an error is a whole number of 2^-2k, within
/// parts of 2^15 of the real scales' own.
/// </remarks>
internal sealed class ReconstructionError
{
    private const int ScaleBits = 16; // differences below 2^25, and the sum of MaxValues of their squares below 2^63

    private readonly int values;
    private readonly int inputFactor;
    private readonly int inputZeroPoint;
    private readonly int outputFactor;
    private readonly int outputZeroPoint;

    /// <param name="values">Values of input and output; 1 to <see cref="AnomalyOptions.MaxValues"/>.</param>
    /// <param name="input">Scale, above 0, and zero point of the input.</param>
    /// <param name="output">Scale, above 0, and zero point of the output.</param>
    public ReconstructionError(int values, (double Scale, int ZeroPoint) input, (double Scale, int ZeroPoint) output)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(values, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(values, AnomalyOptions.MaxValues);
        int bits = ScaleBits - 1 - Math.ILogB(Math.Max(input.Scale, output.Scale));
        (this.values, inputZeroPoint, outputZeroPoint) = (values, input.ZeroPoint, output.ZeroPoint);
        inputFactor = (int)Math.Round(Math.ScaleB(input.Scale, bits));
        outputFactor = (int)Math.Round(Math.ScaleB(output.Scale, bits));
        Unit = Math.ScaleB(1, -2 * bits);
    }

    /// <summary>Real value of one step of an error, in squared units of the input.</summary>
    public double Unit { get; }

    /// <summary>Values of the network's input and of its output.</summary>
    public int Values => values;

    /// <summary>The error of a network whose output is as large as its input.</summary>
    public static ReconstructionError Of(Model network) => new(
        network.Output.Elements, (network.Input.Scale, network.Input.ZeroPoint), (network.Output.Scale, network.Output.ZeroPoint));

    /// <summary>The mean squared error, rounded to the nearest step.</summary>
    public long Measure(ReadOnlySpan<sbyte> input, ReadOnlySpan<sbyte> output)
    {
        long sum = values / 2;
        for (int i = 0; i < values; i++)
        {
            long difference = inputFactor * (input[i] - inputZeroPoint) - outputFactor * (output[i] - outputZeroPoint);
            sum += difference * difference;
        }

        return sum / values;
    }
}
