using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Inference.Kernels;

/// <summary>int8 subtraction, element by element; either input may be shorter and then repeats.</summary>
/// <remarks>
/// Source: TensorFlow Lite's reference kernel for SUB. Both inputs are rescaled as they are and the second is taken off: an addition of the negated
/// input would round ties the other way.
/// </remarks>
internal static class SubtractS8
{
    /// <summary>The definition.</summary>
    /// <param name="a">[n], or [m] with m a divisor of n.</param>
    /// <param name="b">[n], or [m] with m a divisor of n; at least one of the two has n.</param>
    /// <param name="parameters">Scales and zero points, as of an addition.</param>
    /// <param name="output">[n].</param>
    public static void Reference(ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b, in AddParameters parameters, Span<sbyte> output)
    {
        for (int i = 0; i < output.Length; i++)
        {
            output[i] = One(a[i % a.Length], b[i % b.Length], parameters);
        }
    }

    /// <summary>Same as <see cref="Reference"/>, four elements at a time.</summary>
    public static void RunVector128(ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b, in AddParameters parameters, Span<sbyte> output)
    {
        int period = Math.Min(a.Length, b.Length);
        for (int block = 0; block < output.Length; block += period)
        {
            RunBlock(
                a.Slice(a.Length == period ? 0 : block, period), b.Slice(b.Length == period ? 0 : block, period), parameters, output.Slice(block, period));
        }
    }

    private static void RunBlock(ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b, in AddParameters parameters, Span<sbyte> output)
    {
        ref sbyte first = ref MemoryMarshal.GetReference(a);
        ref sbyte second = ref MemoryMarshal.GetReference(b);
        ref sbyte destination = ref MemoryMarshal.GetReference(output);
        int i = 0;
        for (; i + 4 <= output.Length; i += 4)
        {
            Vector128<int> difference = Rescaled(ref first, i, parameters.ZeroPoint1, parameters.Scale1) - Rescaled(ref second, i, parameters.ZeroPoint2, parameters.Scale2);
            Int8Lanes.Store4(
                parameters.OutputScale.Apply(difference) + Vector128.Create(parameters.OutputZeroPoint), parameters.ActivationMin, parameters.ActivationMax, ref destination, i);
        }

        for (; i < output.Length; i++)
        {
            output[i] = One(a[i], b[i], parameters);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Rescaled(ref sbyte source, int offset, int zeroPoint, Rescale scale) =>
        scale.Apply(Vector128.ShiftLeft(Int8Lanes.Load4(ref source, offset) - Vector128.Create(zeroPoint), AddParameters.LeftShift));

    private static sbyte One(sbyte a, sbyte b, in AddParameters parameters)
    {
        int difference = parameters.Scale1.Apply((a - parameters.ZeroPoint1) << AddParameters.LeftShift)
            - parameters.Scale2.Apply((b - parameters.ZeroPoint2) << AddParameters.LeftShift);
        return (sbyte)Math.Clamp(parameters.OutputScale.Apply(difference) + parameters.OutputZeroPoint, parameters.ActivationMin, parameters.ActivationMax);
    }
}
