using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Inference.Kernels;

/// <summary>int8 of one scale and zero point to int8 of another.</summary>
/// <remarks>Source: TensorFlow Lite's reference kernel for QUANTIZE with int8 input.</remarks>
internal static class RequantizeS8
{
    /// <summary>The definition: out = rescale(x − z) + z'.</summary>
    /// <param name="input">[n].</param>
    /// <param name="inputZeroPoint">The integer that means 0 in the input.</param>
    /// <param name="scale">Input scale over output scale.</param>
    /// <param name="outputZeroPoint">The integer that means 0 in the output.</param>
    /// <param name="output">[n].</param>
    public static void Reference(ReadOnlySpan<sbyte> input, int inputZeroPoint, Rescale scale, int outputZeroPoint, Span<sbyte> output)
    {
        for (int i = 0; i < input.Length; i++)
        {
            output[i] = FixedPoint.SaturateToInt8(scale.Apply(input[i] - inputZeroPoint) + outputZeroPoint);
        }
    }

    /// <summary>Same as <see cref="Reference"/>, four elements at a time.</summary>
    public static void RunVector128(ReadOnlySpan<sbyte> input, int inputZeroPoint, Rescale scale, int outputZeroPoint, Span<sbyte> output)
    {
        ref sbyte source = ref MemoryMarshal.GetReference(input);
        ref sbyte destination = ref MemoryMarshal.GetReference(output);
        int vectorized = input.Length & ~3;
        for (int i = 0; i < vectorized; i += 4)
        {
            Vector128<int> value = scale.Apply(Int8Lanes.Load4(ref source, i) - Vector128.Create(inputZeroPoint)) + Vector128.Create(outputZeroPoint);
            Int8Lanes.Store4(value, sbyte.MinValue, sbyte.MaxValue, ref destination, i);
        }

        Reference(input[vectorized..], inputZeroPoint, scale, outputZeroPoint, output[vectorized..]);
    }
}
