using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Inference.Kernels;

/// <summary>The numbers of an int8 addition or subtraction: both inputs shifted left, rescaled to a common scale, added, rescaled to the output.</summary>
/// <remarks>Source: TensorFlow Lite's reference kernels for ADD and SUB, left shift 20.</remarks>
internal readonly record struct AddParameters(
    int ZeroPoint1, Rescale Scale1, int ZeroPoint2, Rescale Scale2, Rescale OutputScale, int OutputZeroPoint, int ActivationMin, int ActivationMax)
{
    /// <summary>Bits that both inputs are shifted left by before they are rescaled.</summary>
    public const int LeftShift = 20;
}

/// <summary>int8 addition, element by element; the second input may be shorter and then repeats.</summary>
internal static partial class AddS8
{
    /// <summary>The definition.</summary>
    /// <param name="a">[n].</param>
    /// <param name="b">[m], m divides n.</param>
    /// <param name="parameters">Scales and zero points.</param>
    /// <param name="output">[n].</param>
    public static void Reference(ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b, in AddParameters parameters, Span<sbyte> output)
    {
        for (int i = 0; i < a.Length; i++)
        {
            output[i] = One(a[i], b[i % b.Length], parameters);
        }
    }

    /// <summary>Same as <see cref="Reference"/>, four elements at a time.</summary>
    public static void RunVector128(ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b, in AddParameters parameters, Span<sbyte> output)
    {
        ref sbyte first = ref MemoryMarshal.GetReference(a);
        ref sbyte second = ref MemoryMarshal.GetReference(b);
        ref sbyte destination = ref MemoryMarshal.GetReference(output);
        for (int block = 0; block < a.Length; block += b.Length)
        {
            int i = 0;
            for (; i + 4 <= b.Length; i += 4)
            {
                Vector128<int> x = Int8Lanes.Load4(ref first, block + i) - Vector128.Create(parameters.ZeroPoint1);
                Vector128<int> y = Int8Lanes.Load4(ref second, i) - Vector128.Create(parameters.ZeroPoint2);
                Vector128<int> sum = parameters.Scale1.Apply(Vector128.ShiftLeft(x, AddParameters.LeftShift)) + parameters.Scale2.Apply(Vector128.ShiftLeft(y, AddParameters.LeftShift));
                Int8Lanes.Store4(
                    parameters.OutputScale.Apply(sum) + Vector128.Create(parameters.OutputZeroPoint), parameters.ActivationMin, parameters.ActivationMax, ref destination, block + i);
            }

            for (; i < b.Length; i++)
            {
                output[block + i] = One(a[block + i], b[i], parameters);
            }
        }
    }

    private static sbyte One(sbyte a, sbyte b, in AddParameters parameters)
    {
        int sum = parameters.Scale1.Apply((a - parameters.ZeroPoint1) << AddParameters.LeftShift)
            + parameters.Scale2.Apply((b - parameters.ZeroPoint2) << AddParameters.LeftShift);
        return (sbyte)Math.Clamp(parameters.OutputScale.Apply(sum) + parameters.OutputZeroPoint, parameters.ActivationMin, parameters.ActivationMax);
    }
}
