namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>Windows along one axis (kernels/padding.h).</summary>
internal sealed class ReferenceWindow
{
    private const byte Same = 0;

    private readonly (int Tap, int Position)[][] inside;

    public ReferenceWindow(byte padding, int inputs, int outputs, int taps, int stride, int dilation)
    {
        int total = Math.Max(((outputs - 1) * stride) + ((taps - 1) * dilation) + 1 - inputs, 0);
        int before = padding == Same ? total / 2 : 0;
        inside = [.. Enumerable.Range(0, outputs).Select(output => Enumerable.Range(0, taps)
            .Select(tap => (Tap: tap, Position: (output * stride) - before + (tap * dilation)))
            .Where(pair => pair.Position >= 0 && pair.Position < inputs).ToArray())];
    }

    /// <summary>Taps of an output that lie inside the input, with the position that each reads.</summary>
    public (int Tap, int Position)[] Inside(int output) => inside[output];
}
