using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Features;

internal sealed partial class Window
{
    private static int ApplyVector128(ReadOnlySpan<short> frame, ReadOnlySpan<short> coefficientsQ12, Span<short> weighted)
    {
        int vectorized = coefficientsQ12.Length & -Vector128<short>.Count;
        frame = frame[..coefficientsQ12.Length];
        ref short x = ref MemoryMarshal.GetReference(frame);
        ref short w = ref MemoryMarshal.GetReference(coefficientsQ12);
        ref short y = ref MemoryMarshal.GetReference(weighted[..coefficientsQ12.Length]);
        Vector128<short> peaks = Vector128<short>.Zero;
        for (int i = 0; i < vectorized; i += Vector128<short>.Count)
        {
            (Vector128<int> xLow, Vector128<int> xHigh) = Vector128.Widen(Vector128.LoadUnsafe(ref x, (nuint)i));
            (Vector128<int> wLow, Vector128<int> wHigh) = Vector128.Widen(Vector128.LoadUnsafe(ref w, (nuint)i));
            Vector128<short> value = Vector128.Narrow((xLow * wLow) >> 12, (xHigh * wHigh) >> 12);
            value.StoreUnsafe(ref y, (nuint)i);

            // -(-32768) wraps to itself and is below every peak, as in the reference.
            peaks = Vector128.Max(peaks, Vector128.Max(value, -value));
        }

        int peak = 0;
        for (int lane = 0; lane < Vector128<short>.Count; lane++)
        {
            peak = Math.Max(peak, peaks[lane]);
        }

        return Math.Max(peak, ApplyReference(frame[vectorized..], coefficientsQ12[vectorized..], weighted[vectorized..]));
    }
}
