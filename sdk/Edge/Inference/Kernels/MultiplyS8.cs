using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Inference.Kernels;

/// <summary>The numbers of an int8 multiplication.</summary>
internal readonly record struct MultiplyParameters(
    int ZeroPoint1, int ZeroPoint2, Rescale OutputScale, int OutputZeroPoint, int ActivationMin, int ActivationMax);

/// <summary>int8 multiplication, element by element; the second input may be shorter and then repeats.</summary>
/// <remarks>Source: TensorFlow Lite's 8-bit quantization specification, MUL.</remarks>
internal static class MultiplyS8
{
    /// <summary>The definition.</summary>
    /// <param name="a">[n].</param>
    /// <param name="b">[m], m divides n.</param>
    /// <param name="parameters">Scale and zero points.</param>
    /// <param name="output">[n].</param>
    public static void Reference(ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b, in MultiplyParameters parameters, Span<sbyte> output)
    {
        for (int i = 0; i < a.Length; i++)
        {
            output[i] = One(a[i], b[i % b.Length], parameters);
        }
    }

    /// <summary>Same as <see cref="Reference"/>, four elements at a time.</summary>
    public static void RunVector128(ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b, in MultiplyParameters parameters, Span<sbyte> output)
    {
        ref sbyte first = ref MemoryMarshal.GetReference(a);
        ref sbyte second = ref MemoryMarshal.GetReference(b);
        ref sbyte destination = ref MemoryMarshal.GetReference(output);
        for (int block = 0; block < a.Length; block += b.Length)
        {
            int i = 0;
            for (; i + 4 <= b.Length; i += 4)
            {
                Vector128<int> product = (Int8Lanes.Load4(ref first, block + i) - Vector128.Create(parameters.ZeroPoint1))
                    * (Int8Lanes.Load4(ref second, i) - Vector128.Create(parameters.ZeroPoint2));
                Int8Lanes.Store4(
                    parameters.OutputScale.Apply(product) + Vector128.Create(parameters.OutputZeroPoint), parameters.ActivationMin, parameters.ActivationMax, ref destination, block + i);
            }

            for (; i < b.Length; i++)
            {
                output[block + i] = One(a[block + i], b[i], parameters);
            }
        }
    }

    private static sbyte One(sbyte a, sbyte b, in MultiplyParameters parameters) => (sbyte)Math.Clamp(
        parameters.OutputScale.Apply((a - parameters.ZeroPoint1) * (b - parameters.ZeroPoint2)) + parameters.OutputZeroPoint,
        parameters.ActivationMin, parameters.ActivationMax);
}
