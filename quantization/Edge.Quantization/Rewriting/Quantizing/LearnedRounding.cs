using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>What learned rounding did for a layer.</summary>
/// <param name="Layer">The value that the layer makes.</param>
/// <param name="Nearest">Mean squared error of its outputs, summed over channels, with weights rounded to nearest.</param>
/// <param name="Learned">The same with learned rounding; never larger.</param>
public sealed record RoundedLayer(string Layer, double Nearest, double Learned);

/// <summary>Rounds the weights of a quantized graph so that the layers' outputs over calibration samples change least, instead of each weight to nearest.</summary>
/// <remarks>
/// Every output channel's objective E[(ŵx − wx)²] follows from the second moments of the layer's inputs, collected in one run of the
/// float graph over the samples; see <see cref="IntegerLeastSquares"/> for the solution. A channel of few weights also gets the scale that suits them
/// best; the scales of longer ones, and those that channels or layers share, stay as they are. Deterministic.
/// </remarks>
public static class LearnedRounding
{
    /// <summary>Most weights of a channel whose scale is searched; in longer ones integers alone make up for nearly all, and every scale tried is a solution of its own.</summary>
    private const int MaxLengthForScales = 192;

    /// <summary>Rounds all layers of a known form; the others keep their weights.</summary>
    /// <param name="graph">The float graph.</param>
    /// <param name="quantized">What <see cref="Quantizer"/> made of it; not changed.</param>
    /// <param name="samples">Calibration samples; enumerated once, again for every 256 MB of moments.</param>
    /// <param name="count">How many samples there are.</param>
    /// <param name="layers">Receives what became of each layer.</param>
    /// <param name="cancellationToken">Stops between two samples, or two channels.</param>
    /// <returns>The quantized graph with other integers, and other scales of short channels.</returns>
    public static ModelGraph Apply(
        ModelGraph graph, ModelGraph quantized, IEnumerable<CalibrationSample> samples, int count,
        ICollection<RoundedLayer>? layers = null, CancellationToken cancellationToken = default)
    {
        ModelGraph rounded = quantized.Clone();
        Dictionary<Node, QuantizedLayer> byNode = QuantizedLayer.FindAll(graph, rounded).ToDictionary(layer => layer.Real);
        foreach (IReadOnlyList<LayerMoments.Entry> batch in LayerMoments.Batches(graph, byNode.Keys))
        {
            ActivationCollector.Collect(graph, samples, new LayerMoments(batch, count), cancellationToken);
            foreach (LayerMoments.Entry entry in batch)
            {
                cancellationToken.ThrowIfCancellationRequested();
                RoundedLayer done = Round(graph, rounded, byNode[entry.Node], entry.Moments, cancellationToken);
                layers?.Add(done);
            }
        }

        return rounded;
    }

    private static RoundedLayer Round(ModelGraph graph, ModelGraph rounded, QuantizedLayer layer, SecondMoments moments, CancellationToken cancellationToken)
    {
        Tensor weights = graph.Initializers[layer.Real.Inputs[1]];
        Tensor stored = rounded.Initializers[layer.WeightName];
        float[] real = weights.ToFloats(), scales = rounded.Initializers[layer.ScaleName].ToFloats();
        sbyte[] integers = stored.ToSBytes();
        int axis = WeightLayer.OutputAxis(layer.Real, weights);
        int channels = (int)weights.Dims[axis], length = moments.Length;
        int channelStep = axis == 0 ? length : 1, weightStep = axis == 0 ? 1 : channels;
        int groups = layer.Real.OpType == "Conv" ? (int)layer.Real.Int("group", 1) : 1;
        int limit = WeightQuantization.Limit(stored.ElementType == ElementType.Int4 ? 4 : 8);
        LayerBias? bias = LayerBias.Existing(graph, rounded, layer);
        bool searches = length <= MaxLengthForScales && OwnScales(rounded, layer, channels, bias);
        float[] found = [.. scales];
        int[] biases = bias is null ? new int[channels] : rounded.Initializers[bias.StoredName].ToInts();
        var results = new (double Nearest, double Learned)[channels];
        for (int group = 0; group < groups; group++)
        {
            var solver = new IntegerLeastSquares(moments.Matrix(group), length);
            int inGroup = channels / groups;
            Parallel.For(group * inGroup, (group + 1) * inGroup, new ParallelOptions { CancellationToken = cancellationToken }, channel =>
            {
                var row = new float[length];
                var rowIntegers = new sbyte[length];
                for (int i = 0; i < length; i++)
                {
                    row[i] = real[channel * channelStep + i * weightStep];
                    rowIntegers[i] = integers[channel * channelStep + i * weightStep];
                }

                results[channel] = searches
                    ? solver.SolveScale(row, ref found[channel], SmallestScale(channel), limit, rowIntegers)
                    : solver.Solve(row, scales[scales.Length == 1 ? 0 : channel], limit, rowIntegers);
                for (int i = 0; i < length; i++)
                {
                    integers[channel * channelStep + i * weightStep] = rowIntegers[i];
                }
            });
        }

        rounded.Initializers[layer.WeightName] =
            stored.ElementType == ElementType.Int4 ? Tensor.OfInt4(stored.Dims, integers) : Tensor.Of(stored.Dims, integers);
        if (searches)
        {
            rounded.Initializers[layer.ScaleName] = Tensor.Of(rounded.Initializers[layer.ScaleName].Dims, found);
            bias?.Rescale(rounded, [.. found.Zip(scales, (now, before) => now / before)]);
        }

        return new RoundedLayer(layer.Output, results.Sum(r => r.Nearest), results.Sum(r => r.Learned));

        // The bias, in steps of input · weight scale, must stay within 30 bits.
        float SmallestScale(int channel) => Math.Max(
            QuantizationParameters.SmallestScale, (float)(Math.Abs((double)biases[channel]) / (1 << 30) * scales[channel]));
    }

    /// <summary>Whether a layer's weights have a scale for each channel that nothing else is stored in, and its bias too.</summary>
    private static bool OwnScales(ModelGraph quantized, QuantizedLayer layer, int channels, LayerBias? bias)
    {
        if (!IsOwn(layer.ScaleName) || !IsOwn(layer.WeightName) || !IsOwn(layer.Dequantize.Outputs[0]))
        {
            return false;
        }

        return bias is null
            ? layer.Quantized.OpType == "MatMul" || layer.Quantized.Input(2) is null
            : IsOwn(bias.ScaleName) && IsOwn(bias.StoredName) && quantized.Initializers[bias.StoredName].Count == channels;

        bool IsOwn(string name) => quantized.ConsumersOf(name).Count == 1
            && (name != layer.ScaleName && name != bias?.ScaleName || quantized.Initializers[name].Count == channels);
    }
}
