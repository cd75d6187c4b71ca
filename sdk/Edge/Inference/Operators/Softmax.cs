using System.Runtime.InteropServices;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>"softmax" over the last dimension; attribute multiplier (input scale · beta · 2^26) with its shift.</summary>
internal sealed class Softmax : Operator
{
    private const int MaxWidth = 4_095; // the sum of exponentials is Q12.19

    private readonly Operand input;
    private readonly Operand output;
    private readonly int width;
    private readonly Rescale scale;
    private readonly int[]? exponentials;

    private Softmax(OperatorBinding binding, Rescale scale) : base(binding)
    {
        (input, output) = (binding.InputOperand(0), binding.OutputOperand());
        (width, this.scale) = (binding.Output.Channels, scale);
        if (binding.Kernels != KernelSet.Reference)
        {
            exponentials = SoftmaxS8.Exponentials(scale);
            ScratchBytes = width * sizeof(int);
        }
    }

    public static Operator? Bind(OperatorBinding b)
    {
        if (!b.RequireArity(1))
        {
            return null;
        }

        b.RequireAnyActivation(b.Inputs[0]);
        b.RequireActivation(b.Output);
        b.RequireShape(b.Output, b.Inputs[0].Shape);
        b.Require(b.Output.Channels is > 0 and <= MaxWidth, $"has rows of {b.Output.Channels}; expected 1 to {MaxWidth}");
        b.Require(b.Output.Scale.Equals(1.0 / 256) && b.Output.ZeroPoint == sbyte.MinValue, "has an output of another scale than 1/256 or zero point than -128");
        (int multiplier, int shift) = b.Multiplier("multiplier", largestShift: 30);
        var scale = new Rescale(multiplier, shift, b.Rounding);
        b.Require(scale.Shift >= 0, $"has multiplierShift {scale.Shift}; expected 0 to 30");
        int width = b.Output.Channels;
        return !b.Sound ? null
            : b.IsWide ? WideOperator.Create(b, 1, 0, 0, b.Kernels == KernelSet.Reference
                ? (x, _, y, _) => SoftmaxS16.Reference(x, width, scale, y)
                : (x, _, y, _) => SoftmaxS16.RunVector128(x, width, scale, y))
            : new Softmax(b, scale);
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        if (exponentials is null)
        {
            SoftmaxS8.Reference(input.Read(memory), width, scale, output.Write(memory));
        }
        else
        {
            SoftmaxS8.RunVector128(input.Read(memory), width, exponentials, output.Write(memory), MemoryMarshal.Cast<byte, int>(scratch[..ScratchBytes]));
        }
    }
}
