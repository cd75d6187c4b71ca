using Edge.Inference;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Compilation;

/// <summary>Layers of TensorFlow Lite that read and write integers and keep a state inside: nodes of the domain "edge".</summary>
internal sealed partial class Lowering
{
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

    private Tensor Integers(Node node, int index) =>
        graph.Constant(node.Input(index)) ?? throw Fault(node, $"input {index} is no constant");
}
