using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Edge.Inference.Kernels;

/// <summary>Four int8 of memory as four 32-bit lanes, and back.</summary>
internal static class Int8Lanes
{
    /// <summary>Four int8 widened to int32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Load4(ref sbyte source, int offset) =>
        Vector128.WidenLower(Vector128.WidenLower(
            Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<int>(ref Unsafe.As<sbyte, byte>(ref Unsafe.Add(ref source, offset)))).AsSByte()));

    /// <summary>Four int32 clamped to [min, max] within int8 and stored as four int8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store4(Vector128<int> value, int min, int max, ref sbyte destination, int offset)
    {
        Vector128<int> clamped = Vector128.Min(Vector128.Max(value, Vector128.Create(min)), Vector128.Create(max));
        Vector128<short> narrow = Vector128.Narrow(clamped, clamped);
        Unsafe.WriteUnaligned(ref Unsafe.As<sbyte, byte>(ref Unsafe.Add(ref destination, offset)), Vector128.Narrow(narrow, narrow).AsInt32().ToScalar());
    }
}
