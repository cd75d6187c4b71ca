using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Edge.Inference.Kernels;

/// <summary>A layer's biases and requantization as vector kernels read them: one entry a lane, in the order in which they sum.</summary>
/// <remarks>
/// The short form is what nearly every layer allows: all shifts to the right, by 1 to 22, and sums below 2^29. There both roundings are
/// (h + 2^(right − 1) + s) >> right, with h the product over 2^31: rounded to nearest and s = −1 below zero for two roundings, rounded down
/// and s = 0 for one. Ties of the second rounding then go away from zero, ties of the single one up. The output's zero point, shifted left, is added
/// before the shift as well: nothing of this leaves 32 bits.
/// </remarks>
internal sealed partial class LaneRequantization
{
    private const long ShortSum = 1 << 29;
    private const int LargestShift = 22;

    private readonly Requantization exact;
    private readonly int[] channels; // of each lane; -1 for one that is filled up
    private readonly int[] bias;
    private readonly int[] multipliers; // one more, so that a vector may begin at the second
    private readonly int[] offsets; // 2^(right − 1) and the zero point
    private readonly int[] shifts;
    private readonly bool isShort;

    /// <summary>Prepares a layer.</summary>
    /// <param name="exact">The definition.</param>
    /// <param name="bias">[channels].</param>
    /// <param name="largestSum">A bound of what is requantized, bias and all.</param>
    /// <param name="channels">The channel that each lane sums, -1 for none: whole vectors of any kernel.</param>
    public LaneRequantization(Requantization exact, ReadOnlySpan<int> bias, long largestSum, int[] channels)
    {
        (this.exact, this.channels) = (exact, channels);
        isShort = largestSum < ShortSum && Array.TrueForAll(exact.Shifts, shift => shift is < 0 and >= -LargestShift);
        (this.bias, multipliers, offsets, shifts) = (new int[channels.Length], new int[channels.Length + 1], new int[channels.Length], new int[channels.Length]);
        for (int lane = 0; lane < channels.Length; lane++)
        {
            int channel = channels[lane];
            if (channel >= 0)
            {
                (this.bias[lane], multipliers[lane]) = (bias[channel], exact.Multipliers[channel]);
                shifts[lane] = isShort ? -exact.Shifts[channel] : 0;
                offsets[lane] = isShort ? (1 << (shifts[lane] - 1)) + (exact.ZeroPoint << shifts[lane]) : 0;
            }
        }
    }

    /// <summary>Whether the short form serves.</summary>
    public bool IsShort => isShort;

    /// <summary>The bias of the first lane; the others follow.</summary>
    public ref int Bias => ref MemoryMarshal.GetArrayDataReference(bias);

    /// <summary>Lanes of channels that follow one another, filled up to whole blocks.</summary>
    public static int[] InOrder(int channels, int block)
    {
        var channelOf = new int[(channels + block - 1) / block * block];
        for (int lane = 0; lane < channelOf.Length; lane++)
        {
            channelOf[lane] = lane < channels ? lane : -1;
        }

        return channelOf;
    }

    /// <summary>Sums [rows, 16] of lanes <paramref name="lane"/> onwards, channels in order, to int16; rounds once.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="lane">First lane.</param>
    /// <param name="output">Receives the rows; lanes that are filled up are left as they are.</param>
    /// <param name="stride">From one row of the output to the next.</param>
    public void ApplyWide(ref int sums, int rows, int lane, ref short output, nint stride)
    {
        const int lanes = 16;
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < lanes && channels[lane + i] >= 0; i++)
            {
                Unsafe.Add(ref output, row * stride + i) = exact.ApplyWide(Unsafe.Add(ref sums, row * lanes + i), channels[lane + i]);
            }
        }
    }

    /// <summary>What the short form cannot: sums [rows, lanes] of a block, one by one.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ApplyExact(ref int sums, int rows, int lane, int lanes, ref sbyte output, nint stride)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < lanes; i++)
            {
                int channel = channels[lane + i];
                if (channel >= 0)
                {
                    Unsafe.Add(ref output, row * stride + channel - channels[lane]) = exact.Apply(Unsafe.Add(ref sums, row * lanes + i), channel);
                }
            }
        }
    }
}
