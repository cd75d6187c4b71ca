using Edge.Features.Design;
using Edge.Numerics;

namespace Edge.Features;

/// <summary>Weighs a frame with a Hann window in Q12 and measures its peak.</summary>
internal sealed partial class Window(int samples, KernelSet kernels)
{
    private readonly short[] coefficientsQ12 = MicroDesign.WindowQ12(samples);

    /// <summary>Writes frame·window to <paramref name="weighted"/> and returns its largest magnitude.</summary>
    /// <remarks>As in the original, a weighted sample of -32768 has no magnitude in 16 bits and is passed over in the peak.</remarks>
    public int Apply(ReadOnlySpan<short> frame, Span<short> weighted) => kernels == KernelSet.Reference
        ? ApplyReference(frame, coefficientsQ12, weighted)
        : ApplyVector128(frame, coefficientsQ12, weighted);

    private static int ApplyReference(ReadOnlySpan<short> frame, ReadOnlySpan<short> coefficientsQ12, Span<short> weighted)
    {
        int peak = 0;
        for (int i = 0; i < coefficientsQ12.Length; i++)
        {
            short value = (short)((frame[i] * coefficientsQ12[i]) >> 12);
            weighted[i] = value;
            peak = Math.Max(peak, unchecked((short)(value < 0 ? -value : value)));
        }

        return peak;
    }
}
