namespace Edge.Quantization.Calibration;

/// <summary>A recording to calibrate on.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Index">Which of the file's recordings it is, from 0.</param>
/// <param name="Of">How many the file holds.</param>
internal readonly record struct Clip(string Path, long Index = 0, long Of = 1)
{
    /// <inheritdoc/>
    public override string ToString() => Of > 1 ? $"{Path}#{Index}" : Path;
}
