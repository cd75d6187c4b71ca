using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Compilation;

internal sealed partial class Lowering
{
    private LoweredValue LowerElementwise(Node node, string name, QuantizationParameters output, Activation activation)
    {
        (LoweredValue a, DraftTensor b, AxisRole[] roles, bool secondIsFirst) = ElementwiseInputs(node);
        LoweredValue result = AddActivation(name, a.Tensor.Shape, a.Roles, output);
        if (node.OpType == "Mul")
        {
            double factor = tensorFlowLite
                ? TensorFlowLiteArithmetic.SingleFactor((float)a.Tensor.Scale, (float)b.Scale, output.Scale)
                : a.Tensor.Scale * b.Scale / output.Scale;
            draft.AddOperator("multiply", [a.Tensor, b], result.Tensor, [.. Multiplier("outputMultiplier", factor), .. activation.Attributes(output)]);
            return View(node, result, roles);
        }

        // Both inputs come to a common scale of twice the larger, shifted left by 20 bits: TensorFlow Lite's ADD and SUB.
        bool difference = node.OpType == "Sub";
        (DraftTensor first, DraftTensor second) = difference && secondIsFirst ? (b, a.Tensor) : (a.Tensor, b);
        double common = 2 * Math.Max(first.Scale, second.Scale);
        draft.AddOperator(
            difference ? "subtract" : "add", [first, second], result.Tensor,
            [
                .. Multiplier("multiplier1", first.Scale / common), .. Multiplier("multiplier2", second.Scale / common),
                .. Multiplier("outputMultiplier", common / ((1 << 20) * (double)output.Scale)), .. activation.Attributes(output),
            ]);
        return View(node, result, roles);
    }

    /// <summary>The operands of Add, Mul or Sub, the larger one first, the roles that the result is to have, and whether the larger one is the second.</summary>
    private (LoweredValue A, DraftTensor B, AxisRole[] Roles, bool SecondIsFirst) ElementwiseInputs(Node node)
    {
        LoweredValue? first = ElementwiseInput(node, 0), second = ElementwiseInput(node, 1);
        if (first is not null && second is not null)
        {
            (first, second) = Evened([first, second]) is [var one, var other] ? (one, other) : (first, second);
            bool secondIsLarger = (Elements(second), second.Roles.Length).CompareTo((Elements(first), first.Roles.Length)) > 0;
            (LoweredValue large, LoweredValue small) = secondIsLarger ? (second, first) : (first, second);
            (LoweredValue a, DraftTensor b) = Repeated(node, large, small);
            return (a, b, large.Roles, secondIsLarger);
        }

        LoweredValue value = first ?? second ?? throw Fault(node, "it reads no int8 value");
        int index = first is null ? 0 : 1;
        (Tensor stored, QuantizationParameters parameters) = Constant(node, index);
        int[] shape = ConstantShape(node, value, stored);
        sbyte[] elements = Spread(stored, ConstantRoles(value, stored), [.. Enumerable.Repeat(1, 4 - shape.Length), .. shape]);
        return (value, draft.AddConstant(node.Inputs[index], shape, elements, parameters.Scale, parameters.ZeroPoint), value.Roles, first is null);
    }

    private LoweredValue? ElementwiseInput(Node node, int index) =>
        values.ContainsKey(node.Inputs[index]) ? WithoutTimePad(node, Value(node, index)) : null;

    private static int Elements(LoweredValue value) => value.Frames * value.Width * value.Channels;

    /// <summary>
    /// Two operands as the device reads them: the smaller one is of the larger one's last dimensions and repeats, as a gate of one value a channel
    /// does. A larger one whose inner dimensions the smaller one lacks is brought into another order first.
    /// </summary>
    private (LoweredValue Large, DraftTensor Small) Repeated(Node node, LoweredValue large, LoweredValue small)
    {
        int missing = large.Roles.Length - small.Roles.Length;
        bool fits = missing >= 0 && Enumerable.Range(0, small.Roles.Length).All(axis => small.Size(axis) == 1 || small.Size(axis) == large.Size(axis + missing));
        if (!fits)
        {
            throw Fault(node, $"its inputs of [{Sizes(large)}] and [{Sizes(small)}] do not repeat along one another; one must be as large as the result");
        }

        int[] axes = [.. Enumerable.Range(0, large.Roles.Length).Where(axis => large.Size(axis) > 1).OrderBy(axis => large.Roles[axis])];
        int[] shared = [.. axes.Where(axis => axis >= missing && small.Size(axis - missing) > 1)];
        if (!axes.AsSpan()[^shared.Length..].SequenceEqual(shared))
        {
            large = View(node, large, InOrder(large.Roles.Length, [.. axes.Except(shared), .. shared]));
        }

        AxisRole[] roles = [.. large.Roles[missing..].Select((role, axis) => small.Size(axis) == 1 && role != AxisRole.Time ? AxisRole.None : role)];
        DraftTensor tensor = View(node, small, roles).Tensor;
        int outer = Enumerable.Range(0, 5).TakeWhile(d => !tensor.Shape.AsSpan(d).SequenceEqual(large.Tensor.Shape.AsSpan(d))).Count();
        if (outer == 0)
        {
            return (large, tensor);
        }

        DraftTensor inner = draft.AddActivation($"{tensor.Name}.repeated", tensor.Shape[outer..], tensor.Scale, tensor.ZeroPoint, type: tensor.Type);
        draft.AddOperator("reshape", [tensor], inner);
        return (large, inner);
    }

    /// <summary>Roles that put axes into memory in a given order, the last one innermost; the other axes have none.</summary>
    private static AxisRole[] InOrder(int rank, int[] axes)
    {
        AxisRole[] names = axes.Length == 2 ? [AxisRole.Time, AxisRole.Channel] : [AxisRole.Time, AxisRole.Width, AxisRole.Channel];
        var roles = new AxisRole[rank];
        for (int i = 1; i <= axes.Length; i++)
        {
            roles[axes[^i]] = names[^i];
        }

        return roles;
    }

    /// <summary>An input that is a constant, with its scale: int8 behind a DequantizeLinear, or floats, which are quantized here.</summary>
    private (Tensor Stored, QuantizationParameters Parameters) Constant(Node node, int index)
    {
        string name = node.Inputs[index];
        if (StoredConstant(name) is var (dequantize, stored))
        {
            return (stored, Parameters(dequantize));
        }

        Tensor floats = graph.Constant(name) ?? throw Fault(node, $"input '{name}' is neither an int8 value nor a constant");
        float[] reals = floats.ToFloats();
        QuantizationParameters parameters = QuantizationParameters.Asymmetric(reals.Min(), reals.Max());
        return (Tensor.Of(floats.Dims, Array.ConvertAll(reals, real => parameters.Quantize(real))), parameters);
    }

    /// <summary>The device's shape of a constant operand: the value's last dimensions, from the first along which it does not repeat.</summary>
    private int[] ConstantShape(Node node, LoweredValue value, Tensor constant)
    {
        AxisRole[] roles = ConstantRoles(value, constant);
        AxisRole outermost = AxisRole.Channel + 1;
        for (int axis = 0; axis < roles.Length; axis++)
        {
            if (constant.Dims[axis] == 1)
            {
                continue;
            }

            AxisRole role = roles[axis];
            if (role == AxisRole.None || constant.Dims[axis] != value.Tensor.Shape[(int)role] || (streaming && role == AxisRole.Time))
            {
                throw Fault(node, role == AxisRole.Time
                    ? $"a constant of shape [{string.Join(", ", constant.Dims.ToArray())}] does not repeat along time; build it windowed, with as many frames as it has"
                    : $"a constant of shape [{string.Join(", ", constant.Dims.ToArray())}] does not repeat over [{Sizes(value)}]; expected one value, or one a channel");
            }

            outermost = role < outermost ? role : outermost;
        }

        return value.Tensor.Shape[(int)outermost..];
    }

    /// <summary>What each axis of a constant means, aligned with the last axes of the value it meets.</summary>
    private static AxisRole[] ConstantRoles(LoweredValue value, Tensor constant)
    {
        int missing = value.Roles.Length - constant.Dims.Length;
        return [.. Enumerable.Range(missing, constant.Dims.Length).Select(axis => axis < 0 ? AxisRole.None : value.Roles[axis])];
    }

    /// <summary>A constant in the device's order, repeated to a shape.</summary>
    /// <param name="constant">int8.</param>
    /// <param name="roles">What each of its axes means.</param>
    /// <param name="shape">[1, time, width, channels], each as the constant's or where the constant repeats.</param>
    private static sbyte[] Spread(Tensor constant, AxisRole[] roles, int[] shape)
    {
        sbyte[] source = constant.ToSBytes();
        int[] steps = new int[4];
        int step = 1;
        for (int axis = roles.Length - 1; axis >= 0; axis--)
        {
            if (constant.Dims[axis] > 1)
            {
                steps[(int)roles[axis]] = step;
                step *= (int)constant.Dims[axis];
            }
        }

        var spread = new sbyte[shape[1] * shape[2] * shape[3]];
        for (int i = 0; i < spread.Length; i++)
        {
            (int rest, int channel) = Math.DivRem(i, shape[3]);
            (int frame, int column) = Math.DivRem(rest, shape[2]);
            spread[i] = source[frame * steps[1] + column * steps[2] + channel * steps[3]];
        }

        return spread;
    }

    private LoweredValue LowerTable(Node node, string name, QuantizationParameters output, UnaryExpression expression)
    {
        LoweredValue input = WithoutTimePad(node, Plain(node, values[expression.Source]));
        QuantizationParameters parameters = input.Quantization;
        string constant = $"{name}.table";
        int entries = 1 << parameters.Bits;
        IEnumerable<double> reals = Enumerable.Range(-entries / 2, entries).Select(q => expression.Function(parameters.Dequantize(q)));
        DraftTensor table = tensorFlowLite ? draft.AddConstant(constant, [entries], TensorFlowLiteTables.Of(expression, parameters, output, draft.Rounding))
            : output.Bits == 16 ? draft.AddConstant(constant, [entries], [.. reals.Select(output.Quantize16)])
            : draft.AddConstant(constant, [entries], [.. reals.Select(output.Quantize)]);
        LoweredValue result = AddActivation(name, input.Tensor.Shape, input.Roles, output);
        draft.AddOperator("table", [input.Tensor, table], result.Tensor);
        return result;
    }

    private static (string Name, int[] Values)[] Multiplier(string name, double factor)
    {
        (int multiplier, int shift) = FixedPointDesign.QuantizeMultiplier(factor);
        return [(name, [multiplier]), ($"{name}Shift", [shift])];
    }
}
