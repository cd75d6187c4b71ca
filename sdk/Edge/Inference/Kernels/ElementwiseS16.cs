using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Inference.Kernels;

/// <summary>Sums, products and changes of scale of 16-bit activations; all inputs without their zero points.</summary>
internal static partial class ElementwiseS16
{
    /// <summary>Addition as for int8, in 64 bits; the second input may be shorter and then repeats.</summary>
    public static void Add(ReadOnlySpan<short> a, ReadOnlySpan<short> b, in AddParameters parameters, Span<short> output)
    {
        for (int i = 0; i < a.Length; i++)
        {
            long sum = parameters.Scale1.ApplyWide((long)a[i] << AddParameters.LeftShift) + parameters.Scale2.ApplyWide((long)b[i % b.Length] << AddParameters.LeftShift);
            output[i] = (short)Math.Clamp(parameters.OutputScale.ApplyWide(sum) + parameters.OutputZeroPoint, parameters.ActivationMin, parameters.ActivationMax);
        }
    }

    /// <summary>Multiplication; the second input may be shorter and then repeats.</summary>
    public static void Multiply(ReadOnlySpan<short> a, ReadOnlySpan<short> b, in MultiplyParameters parameters, Span<short> output)
    {
        for (int i = 0; i < a.Length; i++)
        {
            long product = parameters.OutputScale.ApplyWide((long)a[i] * b[i % b.Length]);
            output[i] = (short)Math.Clamp(product + parameters.OutputZeroPoint, parameters.ActivationMin, parameters.ActivationMax);
        }
    }

    /// <summary>To another scale and zero point.</summary>
    /// <param name="input">[n].</param>
    /// <param name="scale">Input scale over output scale.</param>
    /// <param name="outputZeroPoint">The integer that means 0 in the output.</param>
    /// <param name="min">Smallest output.</param>
    /// <param name="max">Largest output.</param>
    /// <param name="output">[n].</param>
    public static void Requantize(ReadOnlySpan<short> input, Rescale scale, int outputZeroPoint, int min, int max, Span<short> output)
    {
        for (int i = 0; i < input.Length; i++)
        {
            output[i] = (short)Math.Clamp(scale.ApplyWide(input[i]) + outputZeroPoint, min, max);
        }
    }

    /// <summary>Same as <see cref="Requantize"/>, eight elements at a time; rounds once.</summary>
    public static void RequantizeVector128(ReadOnlySpan<short> input, Rescale scale, int outputZeroPoint, int min, int max, Span<short> output)
    {
        const int lanes = 8;
        output = output[..input.Length];
        ref short values = ref MemoryMarshal.GetReference(input);
        ref short results = ref MemoryMarshal.GetReference(output);
        Vector128<int> zeroPoint = Vector128.Create(outputZeroPoint), least = Vector128.Create(min), most = Vector128.Create(max);
        int i = 0;
        for (; i + lanes <= input.Length; i += lanes)
        {
            // A shift of at most 15 keeps what is made of 16 bits below 2^30.
            (Vector128<int> low, Vector128<int> high) = Vector128.Widen(Vector128.LoadUnsafe(ref values, (nuint)i));
            low = Vector128.Min(Vector128.Max(scale.Apply(low) + zeroPoint, least), most);
            high = Vector128.Min(Vector128.Max(scale.Apply(high) + zeroPoint, least), most);
            Vector128.Narrow(low, high).StoreUnsafe(ref results, (nuint)i);
        }

        Requantize(input[i..], scale, outputZeroPoint, min, max, output[i..]);
    }
}
