using Edge.Inference;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Compilation;

internal sealed partial class Lowering
{
    private const float GateScale = 1f / 4096; // gates are Q3.12

    /// <summary>First inputs of each kind of an edge.Lstm: four gates each, three of the peepholes.</summary>
    private const int LstmWeights = 1, LstmRecurrent = 5, LstmBiases = 9, LstmPeepholes = 13, LstmProjection = 16;

    private LoweredValue LowerLstm(Node node, LoweredValue input, QuantizationParameters output)
    {
        bool coupled = node.Input(LstmWeights) is null;
        (Tensor[] weights, Tensor[] recurrent, Tensor[] biases) = (Gates(node, LstmWeights, coupled), Gates(node, LstmRecurrent, coupled), Gates(node, LstmBiases, coupled));
        RequireGates(node, weights, recurrent, biases);
        (int gates, int cells, int features, int units) = (weights.Length, (int)weights[0].Dims[0], (int)weights[0].Dims[1], (int)recurrent[0].Dims[1]);
        float cell = node.Float("cell_scale", 0), hidden = node.Float("hidden_scale", 0);
        int integerBits = (int)Math.Round(Math.Log2(cell)) + 15;
        if (integerBits is < 0 or > 6 || !((float)Math.ScaleB(1, integerBits - 15)).Equals(cell))
        {
            throw Fault(node, $"its cells have a scale of {cell:g6}; expected a power of two from 2^-15 to 2^-9");
        }

        string name = node.Name;
        LoweredValue result = AddActivation(name, [1, input.Frames, input.Width, units], input.Roles, output);
        TensorStorage memory = node.Int(TfLiteReader.StatefulKey, 1) != 0 ? TensorStorage.State : TensorStorage.Arena;
        DraftTensor last = draft.AddActivation($"{name}.state", [units], output.Scale, output.ZeroPoint, memory);
        DraftTensor kept = draft.AddActivation($"{name}.cells", [cells], cell, 0, memory, Inference.ElementType.Int16);
        (DraftTensor[] peephole, DraftTensor[] projection) = (LstmPeephole(node, coupled, cells, units), LstmProjected(node, cells, units));
        (int Multiplier, int Shift)[] scales = LstmScales(node, (float)input.Tensor.Scale, cell, output.Scale);
        draft.AddOperator(
            new DraftOperator(
                "lstm",
                [
                    input.Tensor, draft.AddConstant($"{name}.weight", [gates * cells, features], [.. weights.SelectMany(w => w.ToSBytes())]),
                    draft.AddConstant($"{name}.recurrent", [gates * cells, units], [.. recurrent.SelectMany(w => w.ToSBytes())]),
                    draft.AddConstant($"{name}.bias", [gates * cells], [.. biases.SelectMany(b => b.ToInts())]),
                    draft.AddConstant($"{name}.rescale", [2, scales.Length], [.. scales.Select(scale => scale.Multiplier), .. scales.Select(scale => scale.Shift)]),
                    .. peephole, .. projection,
                ],
                result.Tensor,
                [
                    ("cellIntegerBits", [integerBits]), ("cellClip", [Clipped(node.Float("cell_clip", 0), cell, short.MaxValue)]),
                    .. Multiplier("hiddenMultiplier", (float)(Math.ScaleB(1, -15) / hidden * Math.ScaleB(1, -15))),
                    .. LstmParts(node, peephole.Length > 0, projection.Length > 0, hidden, output),
                ])
            {
                States = [last, kept],
            });
        return result;
    }

    private Tensor[] Gates(Node node, int first, bool coupled) => [.. Enumerable.Range(coupled ? 1 : 0, coupled ? 3 : 4).Select(gate => Integers(node, first + gate))];

    private void RequireGates(Node node, Tensor[] weights, Tensor[] recurrent, Tensor[] biases)
    {
        long cells = biases[0].Count;
        bool fit = weights[0].Dims.Length == 2 && recurrent[0].Dims.Length == 2
            && Array.TrueForAll(weights, gate => gate.Dims.SequenceEqual([cells, weights[0].Dims[1]])) && Array.TrueForAll(recurrent, gate => gate.Dims.SequenceEqual([cells, recurrent[0].Dims[1]]))
            && Array.TrueForAll(biases, gate => gate.Count == cells)
            && node.Floats("weight_scales").Length == weights.Length && node.Floats("recurrent_scales").Length == weights.Length;
        if (!fit)
        {
            throw Fault(node, $"its gates have weights {string.Join(", ", weights.Concat(recurrent))} and biases {string.Join<Tensor>(", ", biases)}; expected the same shapes in every gate, a bias a cell and a scale a gate");
        }
    }

    /// <summary>Factors of the gates' sums over the input, over the last output, and over the cells.</summary>
    private static (int Multiplier, int Shift)[] LstmScales(Node node, float input, float cell, float output) =>
    [
        .. node.Floats("weight_scales").ToArray().Select(w => FixedPointDesign.QuantizeMultiplier(TensorFlowLiteArithmetic.SingleFactor(w, input, GateScale))),
        .. node.Floats("recurrent_scales").ToArray().Select(w => FixedPointDesign.QuantizeMultiplier(TensorFlowLiteArithmetic.SingleFactor(w, output, GateScale))),
        .. node.Floats("peephole_scales").ToArray().Select(w => FixedPointDesign.QuantizeMultiplier((float)((double)cell * w / GateScale))),
    ];

    /// <summary>The cells' own weights. TensorFlow Lite's kernel gives these products to as many cells as there are outputs; the others get none here.</summary>
    private DraftTensor[] LstmPeephole(Node node, bool coupled, int cells, int units)
    {
        if (node.Input(LstmPeepholes + 1) is null)
        {
            return [];
        }

        IEnumerable<short> weights = Enumerable.Range(coupled ? 1 : 0, coupled ? 2 : 3)
            .SelectMany(gate => Integers(node, LstmPeepholes + gate).ToInts().Select((weight, c) => c < units ? (short)weight : (short)0));
        return [draft.AddConstant($"{node.Name}.peephole", [(coupled ? 2 : 3) * cells], weights.ToArray())];
    }

    private DraftTensor[] LstmProjected(Node node, int cells, int units) => node.Input(LstmProjection) is null
        ? []
        :
        [
            draft.AddConstant($"{node.Name}.projection", [units, cells], Integers(node, LstmProjection).ToSBytes()),
            draft.AddConstant($"{node.Name}.projection.bias", [units], node.Input(LstmProjection + 1) is null ? new int[units] : Integers(node, LstmProjection + 1).ToInts()),
        ];

    private static IEnumerable<(string Name, int[] Values)> LstmParts(Node node, bool peephole, bool projection, float hidden, QuantizationParameters output)
    {
        // TensorFlow Lite stores the value that a projection reads with its zero point negated.
        int zeroPoint = (int)node.Int("hidden_zero_point", 0);
        yield return ("hiddenZeroPoint", [projection ? -zeroPoint : zeroPoint]);
        if (peephole)
        {
            yield return ("peephole", [1]);
        }

        if (projection)
        {
            yield return ("projection", [1]);
            yield return ("projectionClip", [Clipped(node.Float("projection_clip", 0), output.Scale, sbyte.MaxValue)]);
            foreach ((string, int[]) attribute in Multiplier("projectionMultiplier", TensorFlowLiteArithmetic.SingleFactor(node.Float("projection_scale", 0), hidden, output.Scale)))
            {
                yield return attribute;
            }
        }
    }

    /// <summary>A bound in steps of a scale, truncated; 0, which is none, where it is less than one.</summary>
    private static int Clipped(float clip, float scale, int largest) => (int)Math.Min(clip / scale, largest);
}
