using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>int8 mean of [rows, channels] over rows.</summary>
/// <remarks>
/// Double rounding: out = rescale(Σ(x − z)) / n + z', the division rounded to nearest with ties away from zero. Source: TensorFlow Lite's
/// integer reference kernel for MEAN. Single rounding: out = rescale(Σ(x − z)) + z' by the factor over n.
/// </remarks>
internal static class MeanS8
{
    /// <summary>The definition.</summary>
    /// <param name="input">[rows, channels].</param>
    /// <param name="inputZeroPoint">The integer that means 0 in the input.</param>
    /// <param name="scale">Input scale over output scale.</param>
    /// <param name="outputZeroPoint">The integer that means 0 in the output.</param>
    /// <param name="output">[channels].</param>
    public static void Reference(ReadOnlySpan<sbyte> input, int inputZeroPoint, Rescale scale, int outputZeroPoint, Span<sbyte> output)
    {
        int rows = input.Length / output.Length;
        scale = ScaleOfSum(scale, rows);
        for (int c = 0; c < output.Length; c++)
        {
            int sum = 0;
            for (int r = 0; r < rows; r++)
            {
                sum += input[r * output.Length + c];
            }

            output[c] = Finish(sum - rows * inputZeroPoint, rows, scale, outputZeroPoint);
        }
    }

    /// <summary>Same as <see cref="Reference"/>, sums of four channels at a time.</summary>
    public static void RunVector128(ReadOnlySpan<sbyte> input, int inputZeroPoint, Rescale scale, int outputZeroPoint, Span<sbyte> output)
    {
        int channels = output.Length;
        int rows = input.Length / channels;
        scale = ScaleOfSum(scale, rows);
        int vectorized = channels & ~3;
        ref sbyte source = ref MemoryMarshal.GetReference(input);
        for (int c = 0; c < vectorized; c += 4)
        {
            Vector128<int> sum = Vector128<int>.Zero;
            for (int r = 0; r < rows; r++)
            {
                sum += Int8Lanes.Load4(ref source, r * channels + c);
            }

            for (int i = 0; i < 4; i++)
            {
                output[c + i] = Finish(sum[i] - rows * inputZeroPoint, rows, scale, outputZeroPoint);
            }
        }

        for (int c = vectorized; c < channels; c++)
        {
            int sum = 0;
            for (int r = 0; r < rows; r++)
            {
                sum += input[r * channels + c];
            }

            output[c] = Finish(sum - rows * inputZeroPoint, rows, scale, outputZeroPoint);
        }
    }

    private static Rescale ScaleOfSum(Rescale scale, int rows) => scale.Rounding == Rounding.Once ? scale.Over(rows) : scale;

    private static sbyte Finish(int sum, int rows, Rescale scale, int outputZeroPoint)
    {
        int mean = scale.Apply(sum);
        if (scale.Rounding == Rounding.Twice)
        {
            mean = (mean > 0 ? mean + rows / 2 : mean - rows / 2) / rows;
        }

        return FixedPoint.SaturateToInt8(mean + outputZeroPoint);
    }
}
