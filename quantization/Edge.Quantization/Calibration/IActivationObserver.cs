namespace Edge.Quantization.Calibration;

/// <summary>Sees the values of a graph while calibration samples run through it, and keeps what it needs of them.</summary>
/// <remarks>
/// What is kept must not grow with the number of samples. An observer that needs ranges before it can fill histograms asks for two
/// passes; every pass shows all samples in the same order.
/// </remarks>
public interface IActivationObserver
{
    /// <summary>How often the samples must run through the graph.</summary>
    int Passes { get; }

    /// <summary>A pass begins.</summary>
    /// <param name="pass">Its number, from 0.</param>
    void BeginPass(int pass);

    /// <summary>A value of one sample.</summary>
    /// <param name="value">Name of the value.</param>
    /// <param name="dims">Its dimensions, outermost first.</param>
    /// <param name="activations">Its elements, row-major; the memory is gone when the call returns. No element is NaN.</param>
    void Observe(string value, ReadOnlySpan<long> dims, ReadOnlySpan<float> activations);
}
