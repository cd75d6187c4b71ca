using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>
/// "batch-matmul": products of two activations, one for each index of dimension 2. Inputs a [1, t, w, k] and b, [1, s, w, k] with transposeB 1,
/// [1, k, w, s] with 0; output [1, t, w, s]; attribute multiplier with its shift.
/// </summary>
internal sealed class BatchMatMul : Operator
{
    private readonly Operand a;
    private readonly Operand b;
    private readonly Operand output;
    private readonly BatchMatMulShape shape;
    private readonly BatchMatMulParameters parameters;
    private readonly KernelSet kernels;

    private BatchMatMul(OperatorBinding binding, BatchMatMulShape shape, BatchMatMulParameters parameters) : base(binding)
    {
        (a, b, output) = (binding.InputOperand(0), binding.InputOperand(1), binding.OutputOperand());
        (this.shape, this.parameters) = (shape, parameters);
        kernels = binding.Kernels switch
        {
            KernelSet.Reference => KernelSet.Reference,
            KernelSet.Avx512 when binding.Rounding == Rounding.Once => KernelSet.Avx512,
            _ => KernelSet.Vector128,
        };
        MultiplyAccumulates = (long)binding.Output.Elements * shape.Depth;
        ScratchBytes = kernels switch
        {
            KernelSet.Reference => 0,
            KernelSet.Avx512 => BatchMatMulS8.ScratchBytes512(shape.Depth),
            _ => BatchMatMulS8.ScratchBytes(shape.Depth),
        };
    }

    public static Operator? Bind(OperatorBinding binding)
    {
        if (!binding.RequireArity(2))
        {
            return null;
        }

        (TensorInfo a, TensorInfo b) = (binding.Inputs[0], binding.Inputs[1]);
        bool transposed = binding.Attribute("transposeB", 0, 1) == 1;
        Rescale scale = Elementwise.Rescale(binding, "multiplier");
        if (!(binding.RequireAnyActivation(a, 4) & binding.RequireAnyActivation(b, 4) & binding.RequireAnyActivation(binding.Output, 4)))
        {
            return null;
        }

        (int rows, int batches, int depth) = (a.Shape[1], a.Shape[2], a.Shape[3]);
        int columns = transposed ? b.Shape[1] : b.Shape[3];
        binding.RequireShape(a, 1, rows, batches, depth);
        binding.RequireShape(b, transposed ? [1, columns, batches, depth] : [1, depth, batches, columns]);
        binding.RequireShape(binding.Output, 1, rows, batches, columns);
        binding.Require(depth is > 0 and <= BatchMatMulS8.MaxDepth, $"adds {depth} products for one output; expected 1 to {BatchMatMulS8.MaxDepth}");
        var shape = new BatchMatMulShape(rows, batches, depth, columns, transposed);
        return !binding.Sound ? null
            : binding.IsWide ? Wide(binding, shape, scale)
            : new BatchMatMul(binding, shape, new BatchMatMulParameters(a.ZeroPoint, b.ZeroPoint, scale, binding.Output.ZeroPoint));
    }

    private static WideOperator? Wide(OperatorBinding binding, BatchMatMulShape shape, Rescale scale)
    {
        (int zeroPoint, (int min, int max)) = (binding.Output.ZeroPoint, binding.OutputLimits);
        bool vector = binding.Kernels != KernelSet.Reference && shape.IsTransposed && (binding.Inputs[0].Type == ElementType.Int8 || binding.Inputs[1].Type == ElementType.Int8);
        return WideOperator.Create(binding, 2, 0, (long)binding.Output.Elements * shape.Depth, (x1, x2, y, _) =>
        {
            if (vector)
            {
                BatchMatMulS16.RunVector128(x1, x2, shape, scale, zeroPoint, min, max, y);
            }
            else
            {
                BatchMatMulS16.Reference(x1, x2, shape, scale, zeroPoint, min, max, y);
            }
        });
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        ReadOnlySpan<sbyte> first = a.Read(memory), second = b.Read(memory);
        Span<sbyte> product = output.Write(memory);
        switch (kernels)
        {
            case KernelSet.Reference:
                BatchMatMulS8.Reference(first, second, shape, parameters, product);
                break;
            case KernelSet.Avx512:
                BatchMatMulS8.RunAvx512(first, second, shape, parameters, product, scratch);
                break;
            default:
                BatchMatMulS8.RunVector128(first, second, shape, parameters, product, scratch);
                break;
        }
    }
}
