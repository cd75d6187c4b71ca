using System.Runtime.InteropServices;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>What a 16-bit operator computes: one or two activations without their zero points to an output, which lies in int16 or in int8.</summary>
internal delegate void WideKernel(ReadOnlySpan<short> a, ReadOnlySpan<short> b, Span<short> output, Span<short> scratch);

/// <summary>
/// An operator with int16 among its activations. int8 beside it is widened without its zero point before the kernel runs, and an int8 output
/// narrowed behind it.
/// </summary>
internal sealed class WideOperator : Operator
{
    private readonly WideInput a;
    private readonly WideInput? b;
    private readonly Operand output;
    private readonly bool narrowOutput;
    private readonly WideKernel kernel;

    private WideOperator(OperatorBinding binding, int activations, WideKernel kernel, int scratch) : base(binding)
    {
        a = new WideInput(binding, 0);
        b = activations > 1 ? new WideInput(binding, 1) : null;
        output = binding.OutputOperand();
        narrowOutput = binding.Output.Type == ElementType.Int8;
        this.kernel = kernel;
        ScratchBytes = (int)Math.Min(ScratchElements(binding, activations, scratch) * sizeof(short), int.MaxValue);
    }

    /// <summary>Makes the operator; null where its scratch would be larger than a model of this size may use.</summary>
    /// <param name="binding">Tensors and attributes, found sound.</param>
    /// <param name="activations">1 or 2: the first inputs.</param>
    /// <param name="scratch">16-bit elements of scratch that the kernel needs besides.</param>
    /// <param name="multiplyAccumulates">Cost of a step.</param>
    /// <param name="kernel">The kernel.</param>
    public static WideOperator? Create(OperatorBinding binding, int activations, int scratch, long multiplyAccumulates, WideKernel kernel)
    {
        long bytes = ScratchElements(binding, activations, scratch) * sizeof(short);
        return binding.Require(binding.Rounding == Rounding.Once, "reads or writes int16 in a plan of double rounding; expected rounding single")
            & binding.RequireScratch(bytes)
            ? new WideOperator(binding, activations, kernel, scratch) { MultiplyAccumulates = multiplyAccumulates }
            : null;
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        Span<short> free = MemoryMarshal.Cast<byte, short>(scratch);
        ReadOnlySpan<short> first = a.Read(memory, ref free);
        ReadOnlySpan<short> second = b is null ? [] : b.Read(memory, ref free);
        Span<sbyte> bytes = output.Write(memory);
        if (!narrowOutput)
        {
            kernel(first, second, MemoryMarshal.Cast<sbyte, short>(bytes), free);
            return;
        }

        Span<short> wide = free[..bytes.Length];
        kernel(first, second, wide, free[bytes.Length..]);
        Int8Lanes.Narrow(wide, bytes); // the activation's range lies in int8
    }

    private static long ScratchElements(OperatorBinding binding, int activations, int scratch) =>
        binding.Inputs.Take(activations).Append(binding.Output).Where(t => t.Type == ElementType.Int8).Sum(t => (long)t.Elements) + scratch;
}
