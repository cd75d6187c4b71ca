using System.Buffers.Binary;
using System.Globalization;

namespace Edge.Audio;

/// <summary>Turns samples of any encoding into int16: rounded to nearest, ties up, saturated.</summary>
/// <remarks>
/// Full scale of a floating-point sample is 1.0 = 2^15, so +1.0 saturates at 32767. Infinities saturate too: they are what an
/// overdriven float chain writes. Not-a-number has no place on the scale and is reported.
/// </remarks>
internal static class SampleDecoder
{
    /// <summary>Bytes of one sample.</summary>
    public static int BytesPerSample(SampleEncoding encoding) => encoding switch
    {
        SampleEncoding.UInt8 => 1,
        SampleEncoding.Int16 => 2,
        SampleEncoding.Int24 => 3,
        SampleEncoding.Int32 or SampleEncoding.Float32 => 4,
        _ => 8,
    };

    /// <summary>Decodes as many samples as <paramref name="samples"/> holds.</summary>
    /// <returns>The index of the first sample that is not a number; -1 if there is none.</returns>
    public static int Decode(SampleEncoding encoding, ReadOnlySpan<byte> bytes, Span<short> samples)
    {
        switch (encoding)
        {
            case SampleEncoding.UInt8:
                for (int i = 0; i < samples.Length; i++)
                {
                    samples[i] = (short)((bytes[i] - 128) << 8);
                }

                return -1;
            case SampleEncoding.Int16:
                for (int i = 0; i < samples.Length; i++)
                {
                    samples[i] = BinaryPrimitives.ReadInt16LittleEndian(bytes[(2 * i)..]);
                }

                return -1;
            case SampleEncoding.Int24:
                for (int i = 0; i < samples.Length; i++)
                {
                    int value = bytes[3 * i] | (bytes[(3 * i) + 1] << 8) | ((sbyte)bytes[(3 * i) + 2] << 16);
                    samples[i] = (short)Math.Min((value + (1 << 7)) >> 8, short.MaxValue);
                }

                return -1;
            case SampleEncoding.Int32:
                for (int i = 0; i < samples.Length; i++)
                {
                    long value = BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]);
                    samples[i] = (short)Math.Min((value + (1 << 15)) >> 16, short.MaxValue);
                }

                return -1;
            default:
                return DecodeFloat(encoding, bytes, samples);
        }
    }

    /// <summary>A sample of full scale 1.0.</summary>
    /// <returns>False where it is not a number.</returns>
    public static bool TryFromDouble(double value, out short sample)
    {
        sample = (short)Math.Clamp(Math.Floor((value * 32768) + 0.5), short.MinValue, short.MaxValue);
        return !double.IsNaN(value);
    }

    /// <summary>The error for a sample that is not a number.</summary>
    public static AudioFormatException NotANumber(string name, long sampleIndex, int channels, int sampleRateHz)
    {
        (long frame, long channel) = Math.DivRem(sampleIndex, channels);
        string seconds = (frame / (double)sampleRateHz).ToString("F3", CultureInfo.InvariantCulture);
        return new AudioFormatException(
            $"{name}: sample {sampleIndex} (frame {frame}, channel {channel}, at {seconds} s) is not a number (NaN); "
            + "expected values between -1 and 1. The program that wrote the file is at fault; write the file again.");
    }

    private static int DecodeFloat(SampleEncoding encoding, ReadOnlySpan<byte> bytes, Span<short> samples)
    {
        for (int i = 0; i < samples.Length; i++)
        {
            double value = encoding == SampleEncoding.Float32
                ? BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..])
                : BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]);
            if (!TryFromDouble(value, out samples[i]))
            {
                return i;
            }
        }

        return -1;
    }
}
