namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>Windows along one axis (kernels/padding.h): output o reads inputs Start(o) + tap · Dilation that lie inside.</summary>
internal readonly record struct ReferenceWindow(int Inputs, int Taps, int Stride, int Dilation, int Before)
{
    private const byte Same = 0;

    public static ReferenceWindow Of(byte padding, int inputs, int outputs, int taps, int stride, int dilation)
    {
        int total = Math.Max(((outputs - 1) * stride) + ((taps - 1) * dilation) + 1 - inputs, 0);
        return new ReferenceWindow(inputs, taps, stride, dilation, padding == Same ? total / 2 : 0);
    }

    /// <summary>Taps of an output that lie inside the input, with the position that each reads.</summary>
    public IEnumerable<(int Tap, int Position)> Inside(int output)
    {
        for (int tap = 0; tap < Taps; tap++)
        {
            int position = (output * Stride) - Before + (tap * Dilation);
            if (position >= 0 && position < Inputs)
            {
                yield return (tap, position);
            }
        }
    }
}
