using System.Numerics;

namespace Edge.Numerics;

/// <summary>Logarithms of integers.</summary>
internal static class IntegerLogarithm
{
    private const int TableBits = 8;

    private static readonly int[] Log2TableQ24 = MakeTable();

    /// <summary>log2(<paramref name="value"/>) in Q24 for a value of at least 1; the error is below 3·10^-6.</summary>
    public static int Log2Q24(ulong value)
    {
        int integer = BitOperations.Log2(value);
        ulong normalized = value << (63 - integer); // 1.f in Q63
        int piece = (int)(normalized >> (63 - TableBits)) & ((1 << TableBits) - 1);
        int betweenQ24 = (int)(normalized >> (63 - TableBits - 24)) & 0xFF_FFFF;
        int low = Log2TableQ24[piece];
        int rise = Log2TableQ24[piece + 1] - low;
        return (integer << 24) + low + (int)(((long)rise * betweenQ24) >> 24);
    }

    // Squaring doubles a logarithm: each squaring of 1 <= m < 2 brings out the next bit of log2(m).
    private static int[] MakeTable()
    {
        var table = new int[(1 << TableBits) + 1];
        for (uint i = 0; i < 1 << TableBits; i++)
        {
            ulong mantissaQ31 = ((1u << TableBits) + i) << (31 - TableBits);
            int log = 0;
            for (int bit = 0; bit < 25; bit++)
            {
                ulong squareQ62 = mantissaQ31 * mantissaQ31;
                int carry = (int)(squareQ62 >> 63);
                log = 2 * log + carry;
                mantissaQ31 = squareQ62 >> (31 + carry);
            }

            table[i] = (log + 1) >> 1;
        }

        table[1 << TableBits] = 1 << 24;
        return table;
    }
}
