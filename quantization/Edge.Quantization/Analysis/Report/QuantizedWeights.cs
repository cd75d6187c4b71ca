using Edge.Quantization.Analysis.Comparison;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Analysis.Report;

/// <summary>The weights of a layer, in float and as they are stored.</summary>
/// <param name="Name">The float constant's name.</param>
/// <param name="Bits">Bits of a stored weight.</param>
/// <param name="Bytes">Bytes of all stored weights.</param>
/// <param name="PerChannel">Whether each output channel has a scale of its own.</param>
/// <param name="Restored">The real values that are stored, in the float constant's order; null where a compiled file does not say.</param>
/// <param name="SqnrDb">Float weights over the error of the stored ones in decibels; NaN where they are not known.</param>
/// <param name="ChannelSpread">Largest weight of all over the largest of the median output channel.</param>
internal sealed record QuantizedWeights(string Name, int Bits, long Bytes, bool PerChannel, Tensor? Restored, double SqnrDb, double ChannelSpread)
{
    /// <summary>Measures weights.</summary>
    /// <param name="name">The constant's name.</param>
    /// <param name="weights">The float constant.</param>
    /// <param name="restored">The real values of the stored weights; null where they are not known.</param>
    /// <param name="bits">Bits of a stored weight.</param>
    /// <param name="perChannel">Whether each output channel has a scale.</param>
    /// <param name="axis">Axis of the output channels.</param>
    public static QuantizedWeights Measure(string name, Tensor weights, Tensor? restored, int bits, bool perChannel, int axis)
    {
        float[] values = weights.ToFloats();
        double sqnr = double.NaN;
        if (restored is not null)
        {
            var difference = new TensorDifference();
            difference.Add(values, restored.ToFloats(), 0);
            sqnr = difference.SqnrDb;
        }

        return new QuantizedWeights(name, bits, (values.Length * (long)bits + 7) / 8, perChannel, restored, sqnr, Spread(values, weights.Dims, axis));
    }

    private static double Spread(float[] values, ReadOnlySpan<long> dims, int axis)
    {
        var largest = new float[dims[axis]];
        int inner = WeightLayer.InnerSize(dims, axis);
        for (int i = 0; i < values.Length; i++)
        {
            ref float channel = ref largest[i / inner % largest.Length];
            channel = Math.Max(channel, Math.Abs(values[i]));
        }

        Array.Sort(largest);
        float median = largest[largest.Length / 2];
        return median > 0 ? largest[^1] / (double)median : 1;
    }
}
