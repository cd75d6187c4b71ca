using Edge.Quantization.Graph;

namespace Edge.Quantization.Compilation;

internal sealed partial class Lowering
{
    /// <summary>Limits of batch-matmul, layer-norm and instance-norm; FORMAT.md has them.</summary>
    private const int MaxDepth = 16_384, MaxNormalizedChannels = 4_095, MaxNormalizedRows = 32_767;

    /// <summary>
    /// The product of two activations: attention's scores (query · key transposed) and its sums of values. The batch, which is heads, lies in
    /// the width, so that splitting channels into heads moves nothing.
    /// </summary>
    private LoweredValue LowerBatchMatMul(Node node, string name, QuantizationParameters output)
    {
        if (running && HasAllTime(Value(node, 0)) && HasAllTime(Value(node, 1)))
        {
            return LowerProductOfFrames(node, Value(node, 0), Value(node, 1), name, output);
        }

        if (streaming)
        {
            throw Fault(node, "it multiplies two values that both hold all frames (attention) and cannot stream; build it windowed");
        }

        LoweredValue a = WithoutTimePad(node, Value(node, 0)), b = WithoutTimePad(node, Value(node, 1));
        int rank = a.Roles.Length;
        if (rank < 2 || b.Roles.Length != rank || a.Size(rank - 1) != b.Size(rank - 2))
        {
            throw Fault(node, $"it multiplies [{Sizes(a)}] with [{Sizes(b)}]; expected as many axes, and as many columns as rows");
        }

        int[] batch = [.. Enumerable.Range(0, rank - 2).Where(axis => a.Size(axis) > 1 || b.Size(axis) > 1)];
        if (batch.Length > 1 || batch.Any(axis => a.Size(axis) != b.Size(axis)))
        {
            throw Fault(node, $"it multiplies [{Sizes(a)}] with [{Sizes(b)}]; expected one axis of heads at most, the same on both sides");
        }

        if (a.Size(rank - 1) > MaxDepth)
        {
            throw Fault(node, $"it adds {a.Size(rank - 1)} products for one output; at most {MaxDepth} fit in 32 bits");
        }

        AxisRole[] rows = [.. Enumerable.Range(0, rank).Select(axis => batch.Contains(axis) ? AxisRole.Width : AxisRole.None)];
        (rows[^2], rows[^1]) = (AxisRole.Time, AxisRole.Channel);
        bool transposed = b.Roles[^1] == AxisRole.Time || b.Roles[^2] == AxisRole.Channel;
        AxisRole[] columns = [.. rows];
        (columns[^2], columns[^1]) = transposed ? (AxisRole.Channel, AxisRole.Time) : (AxisRole.Time, AxisRole.Channel);
        (a, b) = (View(node, a, rows), View(node, b, columns));
        (float left, float right) = ((float)a.Tensor.Scale, (float)b.Tensor.Scale);
        double factor = tensorFlowLite ? TensorFlowLiteArithmetic.PerTensorFactor(left, right, output.Scale) : left * right / output.Scale;
        LoweredValue result = AddActivation(name, [1, a.Frames, a.Width, transposed ? b.Frames : b.Channels], rows, output);
        draft.AddOperator(
            "batch-matmul", [a.Tensor, b.Tensor], result.Tensor,
            [("transposeB", [transposed ? 1 : 0]), .. Multiplier("multiplier", factor)]);
        return result;
    }

    private LoweredValue LowerLayerNorm(Node node, string name, QuantizationParameters output)
    {
        LoweredValue input = WithoutTimePad(node, Value(node, 0));
        int axis = Axis(node.Int("axis", -1), input);
        if (axis != input.Roles.Length - 1 || node.Outputs.Skip(1).Any(made => graph.ConsumersOf(made).Count > 0))
        {
            throw Fault(node, "expected a layer normalization over the last axis alone, whose mean and deviation nobody reads");
        }

        input = LastAxisInnermost(node, input);
        if (input.Channels > MaxNormalizedChannels)
        {
            throw Fault(node, $"it normalizes {input.Channels} channels; at most {MaxNormalizedChannels} are supported");
        }

        return LowerNorm("layer-norm", node, input, name, output, largestShift: 30);
    }

    /// <summary>Each channel over all frames, as group norm with as many groups as channels.</summary>
    private LoweredValue LowerInstanceNorm(Node node, string name, QuantizationParameters output)
    {
        if (streaming)
        {
            throw Fault(node, "it normalizes over all frames and cannot stream; build it windowed");
        }

        LoweredValue input = WithoutTimePad(node, Value(node, 0));
        input = input.Roles.Length == 3
            ? View(node, input, AxisRole.None, AxisRole.Channel, AxisRole.Time)
            : View(node, input, AxisRole.None, AxisRole.Channel, AxisRole.Time, AxisRole.Width);
        return input.Frames * input.Width <= MaxNormalizedRows
            ? LowerNorm("instance-norm", node, input, name, output, largestShift: 15)
            : throw Fault(node, $"it normalizes {input.Frames * input.Width} values of a channel; at most {MaxNormalizedRows} are supported. Take a shorter window");
    }

    private LoweredValue LowerNorm(string kind, Node node, LoweredValue input, string name, QuantizationParameters output, int largestShift)
    {
        int channels = input.Channels;
        double[] gamma = Reals(node, 1, channels, 1), beta = Reals(node, 2, channels, 0);
        double epsilon = node.Float("epsilon", 1e-5f) / (input.Tensor.Scale * input.Tensor.Scale);
        if (epsilon >= 1 << 22)
        {
            throw Fault(node, $"its input's scale of {input.Tensor.Scale:g3} is next to nothing beside the root of its epsilon; is the calibration data silence?");
        }

        var factors = new int[2 * channels];
        var offsets = new int[channels];
        for (int c = 0; c < channels; c++)
        {
            double offset = Math.Round(beta[c] / output.Scale * (1 << 16));
            if (!(Math.Abs(gamma[c] / output.Scale) < 1 << largestShift) || !(Math.Abs(offset) < int.MaxValue))
            {
                throw Fault(node, $"channel {c} has gamma {gamma[c]:g3} and beta {beta[c]:g3}, far beyond its output's scale of {output.Scale:g3}");
            }

            (int multiplier, int shift) = FixedPointDesign.QuantizeMultiplier(Math.Abs(gamma[c]) / output.Scale);
            (factors[c], factors[channels + c], offsets[c]) = (gamma[c] < 0 ? -multiplier : multiplier, shift, (int)offset);
        }

        LoweredValue result = AddActivation(name, input.Tensor.Shape, input.Roles, output);
        draft.AddOperator(
            kind, [input.Tensor, draft.AddConstant($"{name}.gamma", [2, channels], factors), draft.AddConstant($"{name}.beta", [channels], offsets)],
            result.Tensor, Multiplier("epsilon", epsilon));
        return result;
    }

    private LoweredValue LowerSoftmax(Node node, string name, QuantizationParameters output)
    {
        (LoweredValue input, double beta) = SoftmaxInput(node);
        int axis = Axis(node.Int("axis", -1), input);
        AxisRole[] roles = input.Roles;
        if (roles[axis] != AxisRole.Channel)
        {
            if (streaming)
            {
                throw Fault(node, $"its axis {axis} is not the innermost in memory, where a stream has its channels");
            }

            int[] others = [.. Enumerable.Range(0, input.Roles.Length).Where(other => other != axis && input.Size(other) > 1)];
            input = Arrange(node, input, InOrder(input.Roles.Length, [.. others, axis]));
        }

        LoweredValue result = AddActivation(name, input.Tensor.Shape, input.Roles, output);
        double factor = Math.Min(beta * input.Tensor.Scale * (1 << 26), (1 << 30) - 1);
        draft.AddOperator("softmax", [input.Tensor], result.Tensor, [.. Multiplier("multiplier", factor)]);
        return View(node, result, roles);
    }

    /// <summary>What a softmax reads, and the constant that multiplies it on the way, TensorFlow Lite's beta.</summary>
    private (LoweredValue Input, double Beta) SoftmaxInput(Node node)
    {
        if (!values.ContainsKey(node.Inputs[0]) && graph.ProducerOf(node.Inputs[0]) is { OpType: "Mul" } scaled
            && graph.Constant(scaled.Inputs[1]) is { Count: 1 } factor && factor.ToFloats()[0] is > 0 and var beta)
        {
            return (WithoutTimePad(node, Value(scaled, 0)), beta);
        }

        return (WithoutTimePad(node, Value(node, 0)), 1);
    }

    /// <summary>The value with the graph's last axis innermost in memory.</summary>
    private LoweredValue LastAxisInnermost(Node node, LoweredValue value)
    {
        if (value.Roles[^1] == AxisRole.Channel)
        {
            return value;
        }

        return streaming && !HasAllTime(value)
            ? throw Fault(node, "its last axis is not the innermost in memory; transpose before it so that features come last")
            : Arrange(node, value, RolesInOrder(value));
    }

    /// <summary>A constant vector's real values, stored as floats or as integers with a scale.</summary>
    private double[] Reals(Node node, int index, int count, double absent)
    {
        if (node.Input(index) is not { } input)
        {
            return [.. Enumerable.Repeat(absent, count)];
        }

        float[]? values = graph.Constant(input)?.ToFloats();
        if (values is null && StoredConstant(input) is var (dequantize, stored))
        {
            QuantizationParameters parameters = Parameters(dequantize);
            values = [.. stored.ToInts().Select(q => (float)parameters.Dequantize(q))];
        }

        return values?.Length == count
            ? Array.ConvertAll(values, value => (double)value)
            : throw Fault(node, $"input {index} is '{input}' of {values?.Length ?? 0} values; expected a constant of {count}");
    }

    private static int Axis(long axis, LoweredValue value) => (int)(axis < 0 ? axis + value.Roles.Length : axis);

    private static string Sizes(LoweredValue value) => string.Join(", ", Enumerable.Range(0, value.Roles.Length).Select(value.Size));
}
