using System.Runtime.Intrinsics.X86;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>"table": any function of one value; inputs x and table [256], of int16 x [65,536].</summary>
internal sealed class Table : Operator
{
    private readonly Operand input;
    private readonly Operand output;
    private readonly sbyte[] table;
    private readonly Kernel kernel;

    private Table(OperatorBinding binding, sbyte[] table) : base(binding)
    {
        (input, output, this.table) = (binding.InputOperand(0), binding.OutputOperand(), table);
        kernel = binding.Kernels switch
        {
            KernelSet.Avx512 when Avx512Vbmi.IsSupported => TableS8.RunAvx512,
            KernelSet.Avx512 or KernelSet.Avx2 => TableS8.RunAvx2,
            _ => TableS8.Reference,
        };
    }

    private delegate void Kernel(ReadOnlySpan<sbyte> input, ReadOnlySpan<sbyte> table, Span<sbyte> output);

    public static Operator? Bind(OperatorBinding b)
    {
        if (!b.RequireArity(2))
        {
            return null;
        }

        b.RequireAnyActivation(b.Inputs[0]);
        b.RequireAnyActivation(b.Output);
        b.RequireShape(b.Output, b.Inputs[0].Shape);
        if (b.Inputs[0].Type == ElementType.Int16 || b.Output.Type == ElementType.Int16)
        {
            return WideTable.Bind(b);
        }

        sbyte[] table = b.Int8s(1, TableS8.Entries);
        return b.Sound ? new Table(b, table) : null;
    }

    public override void Run(Span<byte> memory, Span<byte> scratch) => kernel(input.Read(memory), table, output.Write(memory));
}
