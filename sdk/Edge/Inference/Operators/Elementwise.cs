using Edge.Inference.Kernels;

namespace Edge.Inference.Operators;

/// <summary>What operators on two tensors, element by element, have in common.</summary>
internal static class Elementwise
{
    /// <summary>Two int8 inputs, the second of the same shape or of the first one's last dimensions, and an output of the first one's shape.</summary>
    public static bool Check(OperatorBinding b)
    {
        if (!b.RequireArity(2))
        {
            return false;
        }

        int[] first = b.Inputs[0].Shape;
        int[] second = b.Inputs[1].Shape;
        return b.RequireActivation(b.Inputs[0])
            & b.RequireActivation(b.Inputs[1])
            & b.RequireActivation(b.Output)
            & b.RequireShape(b.Output, first)
            & b.Require(
                b.Inputs[1].Elements > 0 && second.Length <= first.Length && first.AsSpan()[(first.Length - second.Length)..].SequenceEqual(second),
                $"has inputs of shapes [{string.Join(", ", first)}] and [{string.Join(", ", second)}]; the second must be the end of the first");
    }

    public static Rescale Rescale(OperatorBinding b, string name)
    {
        (int multiplier, int shift) = b.Multiplier(name);
        return new Rescale(multiplier, shift, b.Rounding);
    }
}
