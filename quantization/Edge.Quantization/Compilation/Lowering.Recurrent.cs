using Edge.Inference;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Compilation;

/// <summary>Layers of TensorFlow Lite that read and write integers and keep a state inside: nodes of the domain "edge".</summary>
internal sealed partial class Lowering
{
    private const float GateScale = 1f / 4096; // gates are Q3.12

    private void LowerRecurrent(Node node)
    {
        if (!values.TryGetValue(node.Inputs[0], out LoweredValue? input))
        {
            return; // noted already
        }

        var output = new QuantizationParameters(node.Float("output_scale", 0), (int)node.Int("output_zero_point", 0));
        input = WithoutTimePad(node, Plain(node, input));
        values[node.Outputs[0]] = node.OpType switch
        {
            "Svdf" => LowerSvdf(node, LastAxisInnermost(node, input), output),
            "Lstm" => LowerLstm(node, View(node, input, node.Int("time_major", 0) != 0
                ? [AxisRole.Time, AxisRole.None, AxisRole.Channel]
                : [AxisRole.None, AxisRole.Time, AxisRole.Channel]), output),
            _ => throw Unknown(node),
        };
    }

    private LoweredValue LowerSvdf(Node node, LoweredValue input, QuantizationParameters output)
    {
        (Tensor feature, Tensor time) = (Integers(node, 1), Integers(node, 2));
        int rank = (int)node.Int("rank", 1);
        (int filters, int steps) = ((int)time.Dims[0], (int)time.Dims[1]);
        int units = filters / rank;
        float state = node.Float("state_scale", 0);
        string name = node.Name;
        LoweredValue result = AddActivation(name, [1, input.Frames, input.Width, units], input.Roles, output);
        DraftTensor memory = draft.AddActivation($"{name}.state", [filters, steps], state, 0, TensorStorage.State, Inference.ElementType.Int16);
        int[] bias = node.Input(3) is null ? new int[units] : Integers(node, 3).ToInts();
        draft.AddOperator(
            new DraftOperator(
                "svdf",
                [
                    input.Tensor, draft.AddConstant($"{name}.feature", [filters, (int)feature.Dims[1]], feature.ToSBytes()),
                    draft.AddConstant($"{name}.time", [filters, steps], Array.ConvertAll(time.ToInts(), w => (short)w)), draft.AddConstant($"{name}.bias", [units], bias),
                ],
                result.Tensor,
                [
                    ("rank", [rank]), .. Multiplier("featureMultiplier", TensorFlowLiteArithmetic.SingleFactor((float)input.Tensor.Scale, node.Float("feature_scale", 0), state)),
                    .. Multiplier("timeMultiplier", TensorFlowLiteArithmetic.SingleFactor(state, node.Float("time_scale", 0), output.Scale)),
                ])
            {
                States = [memory],
            });
        return result;
    }

    private LoweredValue LowerLstm(Node node, LoweredValue input, QuantizationParameters output)
    {
        const int gates = 4;
        (Tensor[] weights, Tensor[] recurrent, Tensor[] biases) =
            ([.. Enumerable.Range(1, gates).Select(i => Integers(node, i))], [.. Enumerable.Range(5, gates).Select(i => Integers(node, i))], [.. Enumerable.Range(9, gates).Select(i => Integers(node, i))]);
        (int units, int features) = ((int)weights[0].Dims[0], (int)weights[0].Dims[1]);
        float cell = node.Float("cell_scale", 0), hidden = node.Float("hidden_scale", 0), clip = node.Float("cell_clip", 0);
        int integerBits = (int)Math.Round(Math.Log2(cell)) + 15;
        if (integerBits is < 0 or > 6 || !((float)Math.ScaleB(1, integerBits - 15)).Equals(cell))
        {
            throw Fault(node, $"its cells have a scale of {cell:g6}; expected a power of two from 2^-15 to 2^-9");
        }

        string name = node.Name;
        LoweredValue result = AddActivation(name, [1, input.Frames, input.Width, units], input.Roles, output);
        DraftTensor last = draft.AddActivation($"{name}.state", [units], output.Scale, output.ZeroPoint, TensorStorage.State);
        DraftTensor cells = draft.AddActivation($"{name}.cells", [units], cell, 0, TensorStorage.State, Inference.ElementType.Int16);
        (int Multiplier, int Shift)[] scales =
        [
            .. node.Floats("weight_scales").ToArray().Select(w => FixedPointDesign.QuantizeMultiplier(TensorFlowLiteArithmetic.SingleFactor(w, (float)input.Tensor.Scale, GateScale))),
            .. node.Floats("recurrent_scales").ToArray().Select(w => FixedPointDesign.QuantizeMultiplier(TensorFlowLiteArithmetic.SingleFactor(w, output.Scale, GateScale))),
        ];
        draft.AddOperator(
            new DraftOperator(
                "lstm",
                [
                    input.Tensor, draft.AddConstant($"{name}.weight", [gates * units, features], [.. weights.SelectMany(w => w.ToSBytes())]),
                    draft.AddConstant($"{name}.recurrent", [gates * units, units], [.. recurrent.SelectMany(w => w.ToSBytes())]),
                    draft.AddConstant($"{name}.bias", [gates * units], [.. biases.SelectMany(b => b.ToInts())]),
                    draft.AddConstant($"{name}.rescale", [2, scales.Length], [.. scales.Select(scale => scale.Multiplier), .. scales.Select(scale => scale.Shift)]),
                ],
                result.Tensor,
                [
                    ("cellIntegerBits", [integerBits]), ("cellClip", [(int)Math.Min(clip / cell, short.MaxValue)]), ("hiddenZeroPoint", [(int)node.Int("hidden_zero_point", 0)]),
                    .. Multiplier("hiddenMultiplier", (float)(Math.ScaleB(1, -15) / hidden * Math.ScaleB(1, -15))),
                ])
            {
                States = [last, cells],
            });
        return result;
    }

    private Tensor Integers(Node node, int index) =>
        graph.Constant(node.Input(index)) ?? throw Fault(node, $"input {index} is no constant");
}
