using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>int8 mean of [rows, channels] over rows.</summary>
internal static class MeanS8
{
    /// <summary>The definition: out = scale(Σ(x − z)) + z'.</summary>
    /// <param name="input">[rows, channels].</param>
    /// <param name="inputZeroPoint">The integer that means 0 in the input.</param>
    /// <param name="scale">Input scale over output scale and over the number of rows.</param>
    /// <param name="outputZeroPoint">The integer that means 0 in the output.</param>
    /// <param name="output">[channels].</param>
    public static void Reference(ReadOnlySpan<sbyte> input, int inputZeroPoint, MeanScale scale, int outputZeroPoint, Span<sbyte> output)
    {
        int rows = input.Length / output.Length;
        for (int c = 0; c < output.Length; c++)
        {
            int sum = 0;
            for (int r = 0; r < rows; r++)
            {
                sum += input[r * output.Length + c];
            }

            output[c] = FixedPoint.SaturateToInt8(scale.Apply(sum - rows * inputZeroPoint) + outputZeroPoint);
        }
    }

    /// <summary>Same as <see cref="Reference"/>, sums of four channels at a time.</summary>
    public static void RunVector128(ReadOnlySpan<sbyte> input, int inputZeroPoint, MeanScale scale, int outputZeroPoint, Span<sbyte> output)
    {
        int channels = output.Length;
        int rows = input.Length / channels;
        int vectorized = channels & ~3;
        ref sbyte source = ref MemoryMarshal.GetReference(input);
        ref sbyte destination = ref MemoryMarshal.GetReference(output);
        for (int c = 0; c < vectorized; c += 4)
        {
            Vector128<int> sum = Vector128<int>.Zero;
            for (int r = 0; r < rows; r++)
            {
                sum += Int8Lanes.Load4(ref source, r * channels + c);
            }

            if (scale.Divisor == 1)
            {
                Vector128<int> mean = scale.Scale.Apply(sum - Vector128.Create(rows * inputZeroPoint)) + Vector128.Create(outputZeroPoint);
                Int8Lanes.Store4(mean, sbyte.MinValue, sbyte.MaxValue, ref destination, c);
                continue;
            }

            for (int i = 0; i < 4; i++)
            {
                output[c + i] = FixedPoint.SaturateToInt8(scale.Apply(sum[i] - rows * inputZeroPoint) + outputZeroPoint);
            }
        }

        for (int c = vectorized; c < channels; c++)
        {
            int sum = 0;
            for (int r = 0; r < rows; r++)
            {
                sum += input[r * channels + c];
            }

            output[c] = FixedPoint.SaturateToInt8(scale.Apply(sum - rows * inputZeroPoint) + outputZeroPoint);
        }
    }
}
