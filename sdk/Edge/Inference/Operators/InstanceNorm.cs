using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>
/// "instance-norm": each channel over all frames and columns; inputs x [.., c], gamma [2, c] (signed multipliers and shifts of γ over the output's
/// scale), beta [c] (β over the output's scale in 2^-16); attribute epsilon (ε over the square of the input's scale) with its shift.
/// </summary>
internal static class InstanceNorm
{
    public static Operator? Bind(OperatorBinding b)
    {
        if (!b.RequireArity(3) || !b.Require(b.Output.Shape.Length > 0, "has an output without dimensions"))
        {
            return null;
        }

        int channels = b.Output.Channels;
        int rows = b.Output.Elements / Math.Max(channels, 1);
        b.RequireAnyActivation(b.Inputs[0]);
        b.RequireAnyActivation(b.Output);
        b.RequireShape(b.Output, b.Inputs[0].Shape);
        b.Require(rows is > 0 and <= InstanceNormChannel.MaxRows, $"normalizes {rows} values together; expected 1 to {InstanceNormChannel.MaxRows}");
        (int epsilon, int epsilonShift) = b.Multiplier("epsilon", largestShift: 30);
        int[] gamma = b.SignedMultipliers(1, channels, InstanceNormChannel.MaxShift);
        int[] beta = b.Int32s(2, channels);
        if (!b.Sound)
        {
            return null;
        }

        var parameters = InstanceNormParameters.Create(rows, gamma[..channels], gamma[channels..], beta, epsilon, epsilonShift, b.Output.ZeroPoint);
        (int min, int max) = b.OutputLimits;
        return b.Kernels == KernelSet.Avx512
            ? WideOperator.Create(
                b, 1, InstanceNormS16.ScratchElements512(channels), 2L * b.Output.Elements, (x, _, y, scratch) => InstanceNormS16.RunAvx512(x, parameters, min, max, y, scratch))
            : WideOperator.Create(b, 1, InstanceNormS16.ScratchElements(channels), 2L * b.Output.Elements, b.Kernels == KernelSet.Reference
            ? (x, _, y, _) => InstanceNormS16.Reference(x, parameters, min, max, y)
            : (x, _, y, scratch) => InstanceNormS16.RunVector128(x, parameters, min, max, y, scratch));
    }
}
