using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>
/// "layer-norm" over the last dimension: inputs x [.., c], gamma [2, c] (signed multipliers and shifts of γ over the output's scale),
/// beta [c] (β over the output's scale in 2^-16); attribute epsilon (ε over the square of the input's scale) with its shift.
/// </summary>
internal sealed class LayerNorm : Operator
{
    // channels² · ε/s² in Q16 then stays below 2^(24 + 22 + 16).
    private const int MaxEpsilonShift = 22;

    private readonly Operand input;
    private readonly Operand output;
    private readonly LayerNormParameters parameters;
    private readonly bool vector;

    private LayerNorm(OperatorBinding binding, LayerNormParameters parameters) : base(binding)
    {
        (input, output) = (binding.InputOperand(0), binding.OutputOperand());
        this.parameters = parameters;
        vector = binding.Kernels != KernelSet.Reference;
        MultiplyAccumulates = 2L * binding.Output.Elements;
    }

    public static Operator? Bind(OperatorBinding b)
    {
        if (!b.RequireArity(3) || !b.Require(b.Output.Shape.Length > 0, "has an output without dimensions"))
        {
            return null;
        }

        int channels = b.Output.Channels;
        b.RequireAnyActivation(b.Inputs[0]);
        b.RequireAnyActivation(b.Output);
        b.RequireShape(b.Output, b.Inputs[0].Shape);
        b.Require(channels is > 0 and <= LayerNormRow.MaxWidth, $"has rows of {channels}; expected 1 to {LayerNormRow.MaxWidth}");
        (int multiplier, int shift) = b.Multiplier("epsilon", largestShift: 30);
        b.Require(shift <= MaxEpsilonShift, $"has epsilonShift {shift}; expected -31 to {MaxEpsilonShift}");
        int[] gamma = b.SignedMultipliers(1, channels, largestShift: 30);
        int[] beta = b.Int32s(2, channels);
        if (!b.Sound)
        {
            return null;
        }

        var parameters = new LayerNormParameters(gamma[..channels], gamma[channels..], beta, EpsilonQ16(channels, multiplier, shift), b.Output.ZeroPoint);
        return b.IsWide ? Wide(b, parameters) : new LayerNorm(b, parameters);
    }

    private static WideOperator? Wide(OperatorBinding b, LayerNormParameters parameters)
    {
        (int min, int max) = b.OutputLimits;
        return WideOperator.Create(b, 1, 0, 2L * b.Output.Elements, b.Kernels == KernelSet.Reference
            ? (x, _, y, _) => LayerNormS16.Reference(x, parameters, min, max, y)
            : (x, _, y, _) => LayerNormS16.RunVector128(x, parameters, min, max, y));
    }

    /// <summary>channels² · multiplier · 2^(shift − 31 + 16), to nearest, ties up.</summary>
    private static long EpsilonQ16(long channels, int multiplier, int shift)
    {
        long product = channels * channels * multiplier; // below 2^(24 + 31)
        int right = 31 - 16 - shift;
        return right > 0 ? (product + (1L << (right - 1))) >> right : product << -right;
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        if (vector)
        {
            LayerNormS8.RunVector128(input.Read(memory), parameters, output.Write(memory));
        }
        else
        {
            LayerNormS8.Reference(input.Read(memory), parameters, output.Write(memory));
        }
    }
}
