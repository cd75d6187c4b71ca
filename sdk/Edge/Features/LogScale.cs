using System.Numerics;
using Edge.Features.Design;

namespace Edge.Features;

/// <summary>Natural logarithm from a table of 128 pieces, with as many fractional bits as asked for.</summary>
internal sealed class LogScale(int correctionBits, int scaleShift)
{
    private const uint Ln2Q16 = 45_426;

    private readonly ushort[] correctionsQ16 = MicroDesign.LogCorrectionsQ16();

    /// <summary>Writes 2^scaleShift·ln(signal·2^correctionBits), 0 where that is negative, at most 65,535; [channels].</summary>
    public void Apply(ReadOnlySpan<uint> signal, Span<int> features)
    {
        for (int channel = 0; channel < signal.Length; channel++)
        {
            uint value = signal[channel] << correctionBits;
            features[channel] = value > 1 ? (int)Math.Min(Ln(value), ushort.MaxValue) : 0;
        }
    }

    private uint Ln(uint value)
    {
        int integer = BitOperations.Log2(value);
        uint fractionQ16 = integer < 16 ? (value << (16 - integer)) & 0xFFFF : (value >> (integer - 16)) & 0xFFFF;
        int piece = (int)(fractionQ16 >> 9);
        int rise = correctionsQ16[piece + 1] - correctionsQ16[piece];

        // The original shifts by 16 where 9 would interpolate fully; its integers are what models were trained on.
        int between = (rise * (int)(fractionQ16 & 0x1FF)) >> 16;
        uint log2Q16 = ((uint)integer << 16) + (uint)((int)fractionQ16 + correctionsQ16[piece] + between);
        uint lnQ16 = (uint)(((ulong)Ln2Q16 * log2Q16 + (1 << 15)) >> 16);
        return ((lnQ16 << scaleShift) + (1 << 15)) >> 16;
    }
}
