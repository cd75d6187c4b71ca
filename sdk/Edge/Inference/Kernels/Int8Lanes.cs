using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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

    /// <summary>The lower halves of 16-bit values.</summary>
    public static void Narrow(ReadOnlySpan<short> source, Span<sbyte> destination)
    {
        ref short values = ref MemoryMarshal.GetReference(source);
        ref sbyte narrow = ref MemoryMarshal.GetReference(destination[..source.Length]);
        int i = 0;
        for (; i + 16 <= source.Length; i += 16)
        {
            Vector128.Narrow(Vector128.LoadUnsafe(ref values, (nuint)i), Vector128.LoadUnsafe(ref values, (nuint)i + 8)).StoreUnsafe(ref narrow, (nuint)i);
        }

        for (; i < source.Length; i++)
        {
            destination[i] = (sbyte)source[i];
        }
    }

    /// <summary>Values in 16 bits, without their zero point.</summary>
    public static void Widen(ReadOnlySpan<sbyte> source, int zeroPoint, Span<short> destination)
    {
        ref sbyte values = ref MemoryMarshal.GetReference(source);
        ref short wide = ref MemoryMarshal.GetReference(destination[..source.Length]);
        Vector128<short> zero = Vector128.Create((short)zeroPoint);
        int i = 0;
        for (; i + 16 <= source.Length; i += 16)
        {
            (Vector128<short> low, Vector128<short> high) = Vector128.Widen(Vector128.LoadUnsafe(ref values, (nuint)i));
            (low - zero).StoreUnsafe(ref wide, (nuint)i);
            (high - zero).StoreUnsafe(ref wide, (nuint)i + 8);
        }

        for (; i < source.Length; i++)
        {
            destination[i] = (short)(source[i] - zeroPoint);
        }
    }

    /// <summary>Four int32 clamped to [min, max] within int8 and stored as four int8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store4(Vector128<int> value, int min, int max, ref sbyte destination, int offset)
    {
        Vector128<int> clamped = Vector128.Min(Vector128.Max(value, Vector128.Create(min)), Vector128.Create(max));
        Vector128<short> narrow = Vector128.Narrow(clamped, clamped);
        Unsafe.WriteUnaligned(ref Unsafe.As<sbyte, byte>(ref Unsafe.Add(ref destination, offset)), Vector128.Narrow(narrow, narrow).AsInt32().ToScalar());
    }
}
