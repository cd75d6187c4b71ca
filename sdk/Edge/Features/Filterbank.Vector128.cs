using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Edge.Numerics;

namespace Edge.Features;

internal sealed partial class Filterbank
{
    private static void MeasureVector128(ReadOnlySpan<short> spectrum, Span<uint> energies)
    {
        int vectorized = energies.Length & -Vector128<uint>.Count;
        ref short x = ref MemoryMarshal.GetReference(spectrum[..(2 * energies.Length)]);
        ref uint y = ref MemoryMarshal.GetReference(energies);
        for (int i = 0; i < vectorized; i += Vector128<uint>.Count)
        {
            Vector128<short> bins = Vector128.LoadUnsafe(ref x, 2 * (nuint)i);
            VectorFixedPoint.DotPairs(bins, bins).AsUInt32().StoreUnsafe(ref y, (nuint)i);
        }

        MeasureReference(spectrum[(2 * vectorized)..], energies[vectorized..]);
    }
}
