using System.Numerics;

namespace Edge.Numerics;

/// <summary>Square roots of integers.</summary>
internal static class IntegerRoot
{
    private static readonly ushort[] RootsQ10 = FirstRoots();

    /// <summary>The largest integer whose square is at most <paramref name="value"/>.</summary>
    public static uint Floor(ulong value)
    {
        if (value == 0)
        {
            return 0;
        }

        // Scaled by an even power of two into [2^62, 2^64) the root has 32 bits; the root of the value is its front.
        int shift = BitOperations.LeadingZeroCount(value) & ~1;
        ulong scaled = value << shift;

        // Heron's rule squares the error: 2^-8 from the table, 2^-17, then 2^-35, and never below the root but for the cut.
        ulong root = (ulong)RootsQ10[(int)(scaled >> 56)] << 22;
        root = (root + scaled / root) >> 1;
        root = (root + scaled / root) >> 1;
        root = Math.Min(root, uint.MaxValue);
        root -= root * root > scaled ? 1UL : 0;
        return (uint)(root >> (shift / 2));
    }

    /// <summary>The square root rounded to nearest, at most 2^32 - 1.</summary>
    public static uint Nearest(ulong value)
    {
        ulong root = Floor(value);

        // (root + 1/2)² = root² + root + 1/4.
        return (uint)(value - root * root > root && root != uint.MaxValue ? root + 1 : root);
    }

    // √(i + 1/2) for the leading byte i = 64..255, with √256 = 1024.
    private static ushort[] FirstRoots()
    {
        var roots = new ushort[256];
        uint root = 512;
        for (uint i = 64; i < 256; i++)
        {
            while (root * root < (2 * i + 1) << 11)
            {
                root++;
            }

            roots[i] = (ushort)root;
        }

        return roots;
    }
}
