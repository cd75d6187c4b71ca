using System.Runtime.InteropServices;
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
    private readonly Input a;
    private readonly Input? b;
    private readonly Operand output;
    private readonly bool narrowOutput;
    private readonly WideKernel kernel;

    private WideOperator(OperatorBinding binding, int activations, WideKernel kernel, int scratch) : base(binding)
    {
        a = new Input(binding, 0);
        b = activations > 1 ? new Input(binding, 1) : null;
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
            & binding.Require(bytes <= binding.MaxScratchBytes, $"needs {bytes} bytes of scratch; at most {binding.MaxScratchBytes} are accepted of a file of this size")
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
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (sbyte)wide[i]; // the activation's range lies in int8
        }
    }

    private static long ScratchElements(OperatorBinding binding, int activations, int scratch) =>
        binding.Inputs.Take(activations).Append(binding.Output).Where(t => t.Type == ElementType.Int8).Sum(t => (long)t.Elements) + scratch;

    private sealed class Input(OperatorBinding binding, int index)
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
            for (int i = 0; i < wide.Length; i++)
            {
                wide[i] = (short)(bytes[i] - zeroPoint);
            }

            return wide;
        }
    }
}
