using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Edge.Inference.Kernels;

internal static partial class AddS8
{
    /// <summary>Same as <see cref="Reference"/> for scales that round once, sixteen elements at a time.</summary>
    public static void RunAvx512(ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b, in AddParameters parameters, Span<sbyte> output)
    {
        const int lanes = 16;
        ref sbyte first = ref MemoryMarshal.GetReference(a);
        ref sbyte second = ref MemoryMarshal.GetReference(b);
        ref sbyte destination = ref MemoryMarshal.GetReference(output[..a.Length]);
        RescaleOnce512 scale1 = new(parameters.Scale1), scale2 = new(parameters.Scale2), outputScale = new(parameters.OutputScale);
        Vector512<int> zero1 = Vector512.Create(parameters.ZeroPoint1), zero2 = Vector512.Create(parameters.ZeroPoint2), zero = Vector512.Create(parameters.OutputZeroPoint);
        Vector512<int> min = Vector512.Create(parameters.ActivationMin), max = Vector512.Create(parameters.ActivationMax);
        for (int block = 0; block < a.Length; block += b.Length)
        {
            int i = 0;
            for (; i + lanes <= b.Length; i += lanes)
            {
                Vector512<int> x = Avx512F.ConvertToVector512Int32(Vector128.LoadUnsafe(ref first, (nuint)(block + i))) - zero1;
                Vector512<int> y = Avx512F.ConvertToVector512Int32(Vector128.LoadUnsafe(ref second, (nuint)i)) - zero2;
                Vector512<int> sum = scale1.Apply(Vector512.ShiftLeft(x, AddParameters.LeftShift)) + scale2.Apply(Vector512.ShiftLeft(y, AddParameters.LeftShift));
                Vector512<int> result = Vector512.Min(Vector512.Max(outputScale.Apply(sum) + zero, min), max);
                Avx512F.ConvertToVector128SByte(result).StoreUnsafe(ref destination, (nuint)(block + i));
            }

            for (; i < b.Length; i++)
            {
                output[block + i] = One(a[block + i], b[i], parameters);
            }
        }
    }
}
