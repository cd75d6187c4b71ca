namespace Edge.Quantization.Calibration;

/// <summary>Several observers that share the passes over the samples.</summary>
/// <param name="observers">Each sees as many passes as it asks for, from the first.</param>
public sealed class CompositeObserver(params IReadOnlyList<IActivationObserver> observers) : IActivationObserver
{
    private IActivationObserver[] current = [];

    /// <inheritdoc/>
    public int Passes => observers.Count == 0 ? 0 : observers.Max(observer => observer.Passes);

    /// <inheritdoc/>
    public void BeginPass(int pass)
    {
        current = [.. observers.Where(observer => pass < observer.Passes)];
        foreach (IActivationObserver observer in current)
        {
            observer.BeginPass(pass);
        }
    }

    /// <inheritdoc/>
    public void Observe(string value, ReadOnlySpan<long> dims, ReadOnlySpan<float> activations)
    {
        foreach (IActivationObserver observer in current)
        {
            observer.Observe(value, dims, activations);
        }
    }
}
