using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Edge.Audio.Alsa;

/// <summary>A sample format of devices that capture understands.</summary>
/// <param name="Code">SND_PCM_FORMAT_… of alsa/pcm.h.</param>
/// <param name="Name">As ALSA writes it.</param>
/// <param name="Bytes">Of one sample.</param>
internal readonly record struct AlsaEncoding(int Code, string Name, int Bytes)
{
    private const int S16 = 2;
    private const int S24 = 6; // in the lower three of four bytes
    private const int S32 = 10;
    private const int Float = 14;
    private const int S24In3 = 32;

    /// <summary>In the order in which they are asked for: what needs no conversion first, then what loses least.</summary>
    public static readonly AlsaEncoding[] Preferred =
    [
        new(S16, "S16_LE", 2), new(S32, "S32_LE", 4), new(S24, "S24_LE", 4), new(S24In3, "S24_3LE", 3), new(Float, "FLOAT_LE", 4),
    ];

    /// <summary>Turns samples into int16, rounded and saturated as <see cref="WavSource"/> does; what is not a number becomes 0.</summary>
    public void Decode(ReadOnlySpan<byte> bytes, Span<short> samples)
    {
        switch (Code)
        {
            case S16:
                MemoryMarshal.Cast<byte, short>(bytes)[..samples.Length].CopyTo(samples);
                break;
            case S24:
                for (int i = 0; i < samples.Length; i++)
                {
                    int value = BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]) << 8 >> 8; // the upper byte says nothing
                    samples[i] = (short)Math.Min((value + (1 << 7)) >> 8, short.MaxValue);
                }

                break;
            case S24In3:
                SampleDecoder.Decode(SampleEncoding.Int24, bytes, samples);
                break;
            case S32:
                SampleDecoder.Decode(SampleEncoding.Int32, bytes, samples);
                break;
            default:
                for (int i = 0; i < samples.Length; i++)
                {
                    if (!SampleDecoder.TryFromDouble(BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]), out samples[i]))
                    {
                        samples[i] = 0; // a live stream has no better place to go
                    }
                }

                break;
        }
    }
}
