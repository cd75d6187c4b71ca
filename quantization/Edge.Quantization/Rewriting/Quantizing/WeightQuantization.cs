using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Quantizing;

/// <summary>Symmetric quantization of weights: real = scale · q, |q| ≤ 127 or 7.</summary>
internal static class WeightQuantization
{
    /// <summary>Shrunk ranges that are tried for 4 bits: 1, 0.98 … 0.5 of the largest weight.</summary>
    private const int ScaleCandidates = 26;

    /// <summary>Largest integer of a weight.</summary>
    public static int Limit(int bits) => (1 << (bits - 1)) - 1;

    /// <summary>The scale of each channel.</summary>
    /// <param name="weights">The weights; channel of element i is i / inner % channels.</param>
    /// <param name="channels">Number of channels; 1 for one scale over all.</param>
    /// <param name="inner">Elements from one channel to the next.</param>
    /// <param name="bits">8: the largest weight is kept. 4: the scale with the least squared error, as clipping pays there.</param>
    /// <param name="smallest">What the scale of a channel must not be below.</param>
    public static float[] Scales(float[] weights, int channels, int inner, int bits, Func<int, float> smallest)
    {
        var scales = new float[channels];
        float[] channel = new float[weights.Length / channels];
        for (int c = 0; c < channels; c++)
        {
            Gather(weights, c, channels, inner, channel);
            float largest = channel.Max(Math.Abs) / Limit(bits);
            float scale = Math.Max(bits == 8 ? largest : LeastSquares(channel, largest, Limit(bits)), smallest(c));
            scales[c] = scale < QuantizationParameters.SmallestScale ? 1 : scale;
        }

        return scales;
    }

    /// <summary>The nearest integer of each weight; ties to even as in ONNX's QuantizeLinear.</summary>
    public static sbyte[] Quantize(float[] weights, float[] scales, int inner, int bits)
    {
        int limit = Limit(bits);
        var quantized = new sbyte[weights.Length];
        for (int i = 0; i < quantized.Length; i++)
        {
            quantized[i] = (sbyte)Math.Clamp(Math.Round((double)weights[i] / scales[i / inner % scales.Length]), -limit, limit);
        }

        return quantized;
    }

    private static void Gather(float[] weights, int channel, int channels, int inner, float[] gathered)
    {
        int count = 0;
        for (int start = channel * inner; start < weights.Length; start += channels * inner)
        {
            weights.AsSpan(start, inner).CopyTo(gathered.AsSpan(count));
            count += inner;
        }
    }

    private static float LeastSquares(float[] weights, float largest, int limit)
    {
        (float best, double least) = (largest, double.PositiveInfinity);
        for (int i = 0; i < ScaleCandidates && largest >= QuantizationParameters.SmallestScale; i++)
        {
            float scale = largest * (1 - i * 0.02f);
            double error = 0;
            foreach (float weight in weights)
            {
                double rounded = Math.Clamp(Math.Round(weight / scale), -limit, limit) * scale - weight;
                error += rounded * rounded;
            }

            if (error < least)
            {
                (best, least) = (scale, error);
            }
        }

        return best;
    }
}
