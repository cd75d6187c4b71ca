namespace Edge.Quantization.Graph.TfLite;

/// <summary>How a tensor's integers stand for reals: real = scale · (integer - zero point).</summary>
/// <param name="Scales">One for the whole tensor, or one for each index of <paramref name="Axis"/>; finite, not negative.</param>
/// <param name="ZeroPoints">As many, within the range of the tensor's type.</param>
/// <param name="Axis">The axis that several scales run along; of no meaning for one.</param>
internal sealed record TfLiteQuantization(float[] Scales, long[] ZeroPoints, int Axis)
{
    /// <summary>Whether there is a scale for each index of an axis.</summary>
    public bool IsPerChannel => Scales.Length > 1;
}
