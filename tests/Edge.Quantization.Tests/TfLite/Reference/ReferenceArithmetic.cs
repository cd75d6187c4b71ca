namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>ADD, SUB and MUL with broadcasting (kernels/add.cc, sub.cc, mul.cc; reference/integer_ops/add.h, mul.h; reference/sub.h).</summary>
internal static class ReferenceArithmetic
{
    private const int LeftShift = 20;

    public static void Add(OperatorCall call) => Sum(call, 1);

    public static void Subtract(OperatorCall call) => Sum(call, -1);

    public static void Multiply(OperatorCall call)
    {
        (ReferenceTensor a, ReferenceTensor b, ReferenceTensor y) = (call.Input, call.Required(1), call.Output);
        float product = a.Scale * b.Scale;
        float factor = product / y.Scale;
        var multiplier = call.Factor(factor);
        Each(call, (p, q) => multiplier.Apply((p - a.ZeroPoint) * (q - b.ZeroPoint)));
    }

    private static void Sum(OperatorCall call, int sign)
    {
        (ReferenceTensor a, ReferenceTensor b, ReferenceTensor y) = (call.Input, call.Required(1), call.Output);
        double twice = 2 * Math.Max(a.Scale, b.Scale);
        var first = call.Factor(a.Scale / twice);
        var second = call.Factor(b.Scale / twice);
        var output = call.Factor(twice / ((1 << LeftShift) * y.Scale));
        Each(call, (p, q) => output.Apply(
            first.Apply((p - a.ZeroPoint) << LeftShift) + (sign * second.Apply((q - b.ZeroPoint) << LeftShift))));
    }

    private static void Each(OperatorCall call, Func<int, int, int> function)
    {
        (ReferenceTensor a, ReferenceTensor b, ReferenceTensor y) = (call.Input, call.Required(1), call.Output);
        ActivationRange range = ActivationRange.Of(call.Options.Byte(0), y);
        for (int i = 0; i < y.Count; i++)
        {
            int[] index = y.Indices(i);
            y.Integers[i] = range.Clamp(function(a.Integers[Broadcast(a, index)], b.Integers[Broadcast(b, index)]) + y.ZeroPoint);
        }
    }

    private static int Broadcast(ReferenceTensor tensor, int[] index)
    {
        int skipped = index.Length - tensor.Shape.Length;
        return tensor.Offset([.. tensor.Shape.Select((size, axis) => size == 1 ? 0 : index[axis + skipped])]);
    }
}
