using Edge.Inference.Kernels;

namespace Edge.Inference.Operators;

/// <summary>"table": any function of one value; inputs x and table [256].</summary>
internal sealed class Table : Operator
{
    private readonly Operand input;
    private readonly Operand output;
    private readonly sbyte[] table;

    private Table(OperatorBinding binding, sbyte[] table) : base(binding) =>
        (input, output, this.table) = (binding.InputOperand(0), binding.OutputOperand(), table);

    public static Operator? Bind(OperatorBinding b)
    {
        if (!b.RequireArity(2))
        {
            return null;
        }

        b.RequireActivation(b.Inputs[0]);
        b.RequireActivation(b.Output);
        b.RequireShape(b.Output, b.Inputs[0].Shape);
        sbyte[] table = b.Int8s(1, TableS8.Entries);
        return b.Sound ? new Table(b, table) : null;
    }

    public override void Run(Span<byte> memory, Span<byte> scratch) => TableS8.Reference(input.Read(memory), table, output.Write(memory));
}
