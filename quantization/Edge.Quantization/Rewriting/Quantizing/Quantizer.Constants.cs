using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Rewriting.Quantizing;

public sealed partial class Quantizer
{
    /// <summary>What a bias needs to know of its layer's weights.</summary>
    private sealed record PendingBias(int Index, float[] Scales);

    private void QuantizeConstants(Node node, Node copy)
    {
        if (LegendreMemoryPattern.Find(graph, node) is not null)
        {
            return; // its kernel is a formula, which the device computes by a recurrence of 16 bits
        }

        if (node.OpType is "Conv" or "ConvTranspose" or "Gemm" or "MatMul" && HasConstantWeights(node))
        {
            QuantizeWeights(node, copy);
        }
        else if (biases.TryGetValue(node, out PendingBias? bias))
        {
            QuantizeBias(copy, bias.Index, bias.Scales);
        }
        else if (node.OpType is "Add" or "Mul" or "Sub" or "Div" or "MatMul" or "Concat")
        {
            QuantizeOperands(node, copy);
        }
    }

    /// <summary>Constants that are operands like any other value: int8, asymmetric; within a Concat with the scale of its result.</summary>
    private void QuantizeOperands(Node node, Node copy)
    {
        for (int i = 0; i < node.Inputs.Count; i++)
        {
            if (!graph.Initializers.TryGetValue(node.Inputs[i], out Tensor? constant) || constant is not { ElementType: ElementType.Float32, Count: > 0 })
            {
                continue;
            }

            float[] values = constant.ToFloats();
            if (i == 1 && node.OpType is "Sub" or "Div")
            {
                InvertOperator(copy, values);
            }

            QuantizationParameters parameters = node.OpType == "Concat" && activations.ParametersOf(node.Outputs[0]) is { Bits: 8 } shared
                ? shared
                : QuantizationParameters.Asymmetric(values.Min(), values.Max());
            string name = node.Inputs[i];
            string stored = AddConstant($"{name}.int8", Tensor.Of(constant.Dims, Array.ConvertAll(values, value => parameters.Quantize(value))));
            copy.Inputs[i] = Dequantize(stored, name, Tensor.Scalar(parameters.Scale), Tensor.Of([], [(sbyte)parameters.ZeroPoint]), axis: null);
        }
    }

    /// <summary>x − c is x + (−c), and x / c is x · (1/c): a rounded divisor would be much further off than its rounded inverse.</summary>
    private static void InvertOperator(Node copy, float[] values)
    {
        if (copy.OpType == "Div" && Array.Exists(values, value => value == 0 || !float.IsNormal(1 / value)))
        {
            return;
        }

        for (int i = 0; i < values.Length; i++)
        {
            values[i] = copy.OpType == "Sub" ? -values[i] : 1 / values[i];
        }

        copy.OpType = copy.OpType == "Sub" ? "Add" : "Mul";
    }

    private void QuantizeWeights(Node node, Node copy)
    {
        string name = node.Inputs[1];
        Tensor weights = graph.Initializers[name];
        int axis = WeightLayer.OutputAxis(node, weights);
        int inner = WeightLayer.InnerSize(weights.Dims, axis);
        bool perChannel = options.PerChannelWeights && (node.OpType != "ConvTranspose" || node.Int("group", 1) == 1);
        int channels = perChannel ? (int)weights.Dims[axis] : 1;
        int bits = options.WeightBitsOf(node.Outputs[0]);
        (Node holder, int biasIndex) = BiasOf(node);
        float[]? bias = biasIndex < 0 ? null : graph.Initializers.GetValueOrDefault(holder.Inputs[biasIndex])?.ToFloats();
        float inputScale = activations.Contains(node.Inputs[0]) ? (NarrowInput(node) ?? activations.ParametersOf(node.Inputs[0])).Scale : 1;
        float[] values = weights.ToFloats();
        float[] scales = WeightQuantization.Scales(values, channels, perChannel ? inner : values.Length, bits, SmallestScale);
        sbyte[] integers = WeightQuantization.Quantize(values, scales, inner, bits);
        string stored = AddConstant($"{name}.int{bits}", bits == 8 ? Tensor.Of(weights.Dims, integers) : Tensor.OfInt4(weights.Dims, integers));
        Tensor scale = perChannel ? Tensor.Of([channels], scales) : Tensor.Scalar(scales[0]);
        sbyte[] zeros = new sbyte[channels];
        Tensor zeroPoint = bits == 8 ? Tensor.Of(scale.Dims, zeros) : Tensor.OfInt4(scale.Dims, zeros);
        copy.Inputs[1] = Dequantize(stored, name, scale, zeroPoint, perChannel ? axis : null);
        if (bias is not null && activations.Contains(node.Inputs[0]))
        {
            var pending = new PendingBias(biasIndex, Array.ConvertAll(scales, weightScale => inputScale * weightScale));
            if (holder == node)
            {
                QuantizeBias(copy, biasIndex, pending.Scales);
            }
            else
            {
                biases[holder] = pending;
            }
        }

        // The bias, in steps of input · weight scale, must stay within 30 bits.
        float SmallestScale(int channel) => bias switch
        {
            null or [] => 0,
            _ when perChannel && bias.Length == channels => Math.Abs(bias[channel]) / (1 << 30) / inputScale,
            _ => bias.Max(Math.Abs) / (1 << 30) / inputScale,
        };
    }

    private void QuantizeBias(Node copy, int index, float[] scales)
    {
        string name = copy.Inputs[index];
        float[] bias = graph.Initializers[name].ToFloats();
        var stored = new int[Math.Max(bias.Length, scales.Length)];
        for (int c = 0; c < stored.Length; c++)
        {
            double scaled = bias[bias.Length == 1 ? 0 : c] / (double)scales[scales.Length == 1 ? 0 : c];
            stored[c] = (int)Math.Clamp(Math.Round(scaled), int.MinValue, int.MaxValue);
        }

        string integers = AddConstant($"{name}.int32", Tensor.Of([stored.Length], stored));
        Tensor scale = scales.Length == 1 ? Tensor.Scalar(scales[0]) : Tensor.Of([scales.Length], scales);
        copy.Inputs[index] = Dequantize(integers, name, scale, zeroPoint: null, axis: scales.Length == 1 ? null : 0);
    }

    /// <summary>Where a layer's bias is: its own third input, or the vector of an Add behind a MatMul; index -1 where it has none.</summary>
    private (Node Holder, int Index) BiasOf(Node node)
    {
        if (node.OpType != "MatMul")
        {
            return (node, node.Input(2) is null ? -1 : 2);
        }

        return WeightLayer.BiasBehind(graph, node) ?? (node, -1);
    }

    private string Dequantize(string stored, string name, Tensor scale, Tensor? zeroPoint, long? axis)
    {
        List<string> inputs = [stored, AddConstant($"{name}.scale", scale)];
        if (zeroPoint is not null)
        {
            inputs.Add(AddConstant($"{name}.zero_point", zeroPoint));
        }

        string output = UniqueName($"{name}.dequantized");
        var node = new Node("DequantizeLinear", inputs, [output], output);
        if (axis is { } value)
        {
            node.Attributes["axis"] = value;
        }

        result.Nodes.Add(node);
        return output;
    }
}
