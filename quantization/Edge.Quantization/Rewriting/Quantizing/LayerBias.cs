using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>The int32 bias of a quantized layer, and the values in which its effect shows.</summary>
/// <param name="RealValue">The layer's sums with the bias in the float graph.</param>
/// <param name="QuantizedValue">The same in the quantized graph, before they are rounded.</param>
/// <param name="ChannelAxis">Their dimension of channels; negative ones count from the last.</param>
/// <param name="StoredName">Name of the constant that holds the integers.</param>
/// <param name="ScaleName">Name of the constant that holds their scales.</param>
internal sealed record LayerBias(string RealValue, string QuantizedValue, int ChannelAxis, string StoredName, string ScaleName)
{
    /// <summary>The bias of a layer, made of zeros where a Conv or Gemm has none; null where there is no place for one.</summary>
    public static LayerBias? Of(ModelGraph real, ModelGraph quantized, QuantizedLayer layer) =>
        Find(real, quantized, layer, () => AddZeros(real, quantized, layer));

    /// <summary>The bias of a layer as it is; null where it has none.</summary>
    public static LayerBias? Existing(ModelGraph real, ModelGraph quantized, QuantizedLayer layer) => Find(real, quantized, layer, () => null);

    private static LayerBias? Find(ModelGraph real, ModelGraph quantized, QuantizedLayer layer, Func<string?> missing)
    {
        if (layer.Quantized.OpType != "MatMul")
        {
            string? name = layer.Quantized.Input(2) ?? missing();
            int axis = layer.Quantized.OpType == "Conv" ? 1 : -1;
            return name is null ? null : Make(quantized, layer.Output, layer.Quantized.Outputs[0], axis, name);
        }

        // The constant vector behind a MatMul is its bias where it is stored as 32-bit integers.
        if (real.ConsumersOf(layer.Output) is not [{ OpType: "Add" } realAdd] || quantized.ConsumersOf(layer.Quantized.Outputs[0]) is not [{ OpType: "Add" } add])
        {
            return null;
        }

        string other = add.Inputs.Find(input => input != layer.Quantized.Outputs[0])!;
        return Make(quantized, realAdd.Outputs[0], add.Outputs[0], -1, other);
    }

    /// <summary>Adds a shift to each channel, as far as steps and range of the integers allow.</summary>
    public void Add(ModelGraph quantized, ReadOnlySpan<double> shift)
    {
        int[] stored = quantized.Initializers[StoredName].ToInts();
        float[] scales = quantized.Initializers[ScaleName].ToFloats();
        for (int c = 0; c < stored.Length; c++)
        {
            double steps = Math.Round(shift[c] / scales[scales.Length == 1 ? 0 : c]);
            stored[c] = (int)Math.Clamp(stored[c] + steps, int.MinValue, int.MaxValue);
        }

        quantized.Initializers[StoredName] = Tensor.Of(quantized.Initializers[StoredName].Dims, stored);
    }

    /// <summary>Gives each channel another step, as other scales of the weights ask for, and the integers that are as much in it.</summary>
    /// <param name="quantized">The graph.</param>
    /// <param name="factors">New step over old one, for each channel.</param>
    public void Rescale(ModelGraph quantized, ReadOnlySpan<float> factors)
    {
        Tensor stored = quantized.Initializers[StoredName], scale = quantized.Initializers[ScaleName];
        int[] integers = stored.ToInts();
        float[] scales = scale.ToFloats();
        for (int c = 0; c < integers.Length; c++)
        {
            integers[c] = (int)Math.Clamp(Math.Round(integers[c] / (double)factors[c]), int.MinValue, int.MaxValue);
            scales[c] *= factors[c];
        }

        quantized.Initializers[StoredName] = Tensor.Of(stored.Dims, integers);
        quantized.Initializers[ScaleName] = Tensor.Of(scale.Dims, scales);
    }

    private static LayerBias? Make(ModelGraph quantized, string realValue, string quantizedValue, int axis, string bias) =>
        quantized.ProducerOf(bias) is { OpType: "DequantizeLinear" } dequantize
        && quantized.Initializers.GetValueOrDefault(dequantize.Inputs[0]) is { ElementType: ElementType.Int32 }
            ? new LayerBias(realValue, quantizedValue, axis, dequantize.Inputs[0], dequantize.Inputs[1])
            : null;

    private static string? AddZeros(ModelGraph real, ModelGraph quantized, QuantizedLayer layer)
    {
        if (quantized.ProducerOf(layer.Quantized.Inputs[0]) is not { OpType: "DequantizeLinear" } input)
        {
            return null;
        }

        Tensor weights = real.Initializers[layer.Real.Inputs[1]];
        int channels = (int)weights.Dims[WeightLayer.OutputAxis(layer.Real, weights)];
        float inputScale = quantized.Initializers[input.Inputs[1]].ToFloats()[0];
        float[] scales = Array.ConvertAll(quantized.Initializers[layer.ScaleName].ToFloats(), scale => scale * inputScale);
        string stored = Add($"{layer.Output}.bias.int32", Tensor.Of([channels], new int[channels]));
        string scaleName = Add($"{layer.Output}.bias.scale", scales.Length == 1 ? Tensor.Scalar(scales[0]) : Tensor.Of([channels], scales));
        string output = quantized.UniqueName($"{layer.Output}.bias.dequantized");
        var node = new Node("DequantizeLinear", [stored, scaleName], [output], output);
        if (scales.Length > 1)
        {
            node.Attributes["axis"] = 0;
        }

        quantized.Nodes.Insert(quantized.Nodes.IndexOf(layer.Quantized), node);
        List<string> inputs = layer.Quantized.Inputs;
        inputs.RemoveRange(2, inputs.Count - 2);
        inputs.Add(output);
        return output;

        string Add(string stem, Tensor tensor)
        {
            string name = quantized.UniqueName(stem);
            quantized.Initializers[name] = tensor;
            return name;
        }
    }
}
