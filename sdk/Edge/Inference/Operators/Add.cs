using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>"add": inputs a and b of the same shape, or b of a's last dimensions; attributes multiplier1, multiplier2, outputMultiplier with their shifts.</summary>
internal sealed class Add : Operator
{
    private readonly Operand a;
    private readonly Operand b;
    private readonly Operand output;
    private readonly AddParameters parameters;
    private readonly Kernel kernel;

    private Add(OperatorBinding binding, AddParameters parameters) : base(binding)
    {
        (a, b, output) = (binding.InputOperand(0), binding.InputOperand(1), binding.OutputOperand());
        this.parameters = parameters;
        kernel = binding.Kernels switch
        {
            KernelSet.Reference => AddS8.Reference,
            KernelSet.Avx512 when binding.Rounding == Rounding.Once => AddS8.RunAvx512,
            _ => AddS8.RunVector128,
        };
    }

    private delegate void Kernel(ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b, in AddParameters parameters, Span<sbyte> output);

    public static Operator? Bind(OperatorBinding b)
    {
        if (!Elementwise.Check(b))
        {
            return null;
        }

        AddParameters parameters = Elementwise.AddParameters(b);
        return !b.Sound ? null
            : b.IsWide ? WideOperator.Create(b, 2, 0, 0, b.Kernels == KernelSet.Avx512
                ? (x1, x2, y, _) => ElementwiseS16.AddAvx512(x1, x2, parameters, y)
                : (x1, x2, y, _) => ElementwiseS16.Add(x1, x2, parameters, y))
            : new Add(b, parameters);
    }

    public override void Run(Span<byte> memory, Span<byte> scratch) => kernel(a.Read(memory), b.Read(memory), parameters, output.Write(memory));
}
