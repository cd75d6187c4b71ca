using System.Runtime.InteropServices;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>"table" where the input, the output or both are int16: an entry of the output's type for each value of the input's.</summary>
internal sealed class WideTable : Operator
{
    private readonly Operand input;
    private readonly Operand output;
    private readonly ReadOnlyMemory<byte> table; // stays in the file, of which a network reads the few entries that its values meet
    private readonly bool readsNarrow;
    private readonly bool makesNarrow;

    private WideTable(OperatorBinding binding, ReadOnlyMemory<byte> table) : base(binding)
    {
        (input, output, this.table) = (binding.InputOperand(0), binding.OutputOperand(), table);
        (readsNarrow, makesNarrow) = (binding.Inputs[0].Type == ElementType.Int8, binding.Output.Type == ElementType.Int8);
    }

    /// <summary>Makes the operator from a binding whose activations have been checked.</summary>
    public static WideTable? Bind(OperatorBinding b)
    {
        int entries = b.Inputs[0].Type == ElementType.Int8 ? TableS8.Entries : TableS16.Entries;
        ReadOnlyMemory<byte> table = b.Constant(1, b.Output.Type, entries);
        b.Require(b.Rounding == Rounding.Once, "reads or writes int16 in a plan of double rounding; expected rounding single");
        return b.Sound ? new WideTable(b, table) : null;
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        ReadOnlySpan<sbyte> x = input.Read(memory);
        Span<sbyte> y = output.Write(memory);
        ReadOnlySpan<byte> entries = table.Span;
        if (readsNarrow)
        {
            TableS16.Reference(x, MemoryMarshal.Cast<byte, short>(entries), MemoryMarshal.Cast<sbyte, short>(y));
        }
        else if (makesNarrow)
        {
            TableS16.Run(MemoryMarshal.Cast<sbyte, short>(x), MemoryMarshal.Cast<byte, sbyte>(entries), y);
        }
        else
        {
            TableS16.Run(MemoryMarshal.Cast<sbyte, short>(x), MemoryMarshal.Cast<byte, short>(entries), MemoryMarshal.Cast<sbyte, short>(y));
        }
    }
}
