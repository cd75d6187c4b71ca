namespace Edge.Inference.Kernels;

/// <summary>A window sliding over a tensor [1, height, width, channels] with zeros taken to lie around it.</summary>
/// <param name="InputHeight">Rows in; time, in models of sound.</param>
/// <param name="InputWidth">Columns in; frequency, or 1.</param>
/// <param name="Channels">Channels in.</param>
/// <param name="OutputHeight">Rows out.</param>
/// <param name="OutputWidth">Columns out.</param>
/// <param name="KernelHeight">Rows of the window.</param>
/// <param name="KernelWidth">Columns of the window.</param>
/// <param name="StrideHeight">Rows from one window to the next.</param>
/// <param name="StrideWidth">Columns from one window to the next.</param>
/// <param name="DilationHeight">Rows from one tap to the next.</param>
/// <param name="DilationWidth">Columns from one tap to the next.</param>
/// <param name="PadTop">Rows of real zero before the first.</param>
/// <param name="PadLeft">Columns of real zero before the first.</param>
internal readonly record struct Window2D(
    int InputHeight, int InputWidth, int Channels, int OutputHeight, int OutputWidth,
    int KernelHeight, int KernelWidth, int StrideHeight, int StrideWidth, int DilationHeight, int DilationWidth, int PadTop, int PadLeft)
{
    /// <summary>Taps of one window: rows times columns times channels.</summary>
    public int Taps => KernelHeight * KernelWidth * Channels;

    /// <summary>Windows in the output.</summary>
    public int Positions => OutputHeight * OutputWidth;
}
