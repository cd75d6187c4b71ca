using Edge.Inference.Kernels;

namespace Edge.Inference.Operators;

/// <summary>What operators on two tensors, element by element, have in common.</summary>
internal static class Elementwise
{
    /// <summary>Two inputs, the second of the same shape or of the first one's last dimensions, and an output of the first one's shape.</summary>
    public static bool Check(OperatorBinding b)
    {
        if (!b.RequireArity(2))
        {
            return false;
        }

        int[] first = b.Inputs[0].Shape;
        int[] second = b.Inputs[1].Shape;
        return b.RequireAnyActivation(b.Inputs[0])
            & b.RequireAnyActivation(b.Inputs[1])
            & b.RequireAnyActivation(b.Output)
            & b.RequireShape(b.Output, first)
            & b.Require(
                b.Inputs[1].Elements > 0 && IsEnd(second, first),
                $"has inputs of shapes [{string.Join(", ", first)}] and [{string.Join(", ", second)}]; the second must be the end of the first");
    }

    /// <summary>Whether a shape is the last dimensions of another, or all of them.</summary>
    public static bool IsEnd(int[] shape, int[] of) => shape.Length <= of.Length && of.AsSpan()[(of.Length - shape.Length)..].SequenceEqual(shape);

    /// <summary>What "add" and "subtract" have: multiplier1, multiplier2, outputMultiplier with their shifts, and the activation's range.</summary>
    public static AddParameters AddParameters(OperatorBinding b)
    {
        (int min, int max) = b.ActivationRange();
        return new AddParameters(
            b.Inputs[0].ZeroPoint, Rescale(b, "multiplier1"), b.Inputs[1].ZeroPoint, Rescale(b, "multiplier2"),
            Rescale(b, "outputMultiplier"), b.Output.ZeroPoint, min, max);
    }

    public static Rescale Rescale(OperatorBinding b, string name)
    {
        (int multiplier, int shift) = b.Multiplier(name);
        return new Rescale(multiplier, shift, b.Rounding);
    }
}
