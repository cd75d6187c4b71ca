using System.Runtime.InteropServices;
using Edge.Inference.Kernels;

namespace Edge.Inference.Operators;

/// <summary>An activation of int8 or int16 as a 16-bit kernel reads it: without its zero point.</summary>
internal sealed class WideInput(OperatorBinding binding, int index)
{
    private readonly Operand operand = binding.InputOperand(index);
    private readonly bool narrow = binding.Inputs[index].Type == ElementType.Int8;
    private readonly int zeroPoint = binding.Inputs[index].ZeroPoint;

    /// <summary>The activations; widened ones take the front of <paramref name="free"/>.</summary>
    public ReadOnlySpan<short> Read(Span<byte> memory, ref Span<short> free)
    {
        ReadOnlySpan<sbyte> bytes = operand.Read(memory);
        if (!narrow)
        {
            return MemoryMarshal.Cast<sbyte, short>(bytes);
        }

        Span<short> wide = free[..bytes.Length];
        free = free[bytes.Length..];
        Int8Lanes.Widen(bytes, zeroPoint, wide);
        return wide;
    }
}
