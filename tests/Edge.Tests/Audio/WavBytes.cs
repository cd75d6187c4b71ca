using System.Text;

namespace Edge.Tests.Audio;

/// <summary>Builds WAV files chunk by chunk, right or wrong, as a test wants them.</summary>
internal static class WavBytes
{
    private static readonly byte[] SubFormatTail = Convert.FromHexString("000000001000800000AA00389B71");

    /// <summary>A whole file of one 'fmt ' and one 'data' chunk.</summary>
    public static byte[] Wav(byte[] format, byte[] data) => Riff("RIFF", Chunk("fmt ", format), Chunk("data", data));

    public static byte[] Riff(string id, params byte[][] chunks)
    {
        byte[] content = chunks.SelectMany(c => c).ToArray();
        return [.. Ascii(id), .. BitConverter.GetBytes(content.Length + 4), .. Ascii("WAVE"), .. content];
    }

    /// <summary>A chunk, padded to an even length; <paramref name="announced"/> is the length it claims, where that differs.</summary>
    public static byte[] Chunk(string id, byte[] content, uint? announced = null) =>
        [.. Ascii(id), .. BitConverter.GetBytes(announced ?? (uint)content.Length), .. content, .. new byte[content.Length & 1]];

    public static byte[] Format(int tag, int channels, uint rateHz, int bits, int? blockAlign = null)
    {
        int frameBytes = blockAlign ?? channels * bits / 8;
        return [.. U16(tag), .. U16(channels), .. BitConverter.GetBytes(rateHz), .. BitConverter.GetBytes(rateHz * (uint)frameBytes),
            .. U16(frameBytes), .. U16(bits)];
    }

    public static byte[] Extensible(int subFormat, int channels, uint rateHz, int bits) =>
        [.. Format(0xFFFE, channels, rateHz, bits), .. U16(22), .. U16(bits), .. new byte[4], .. U16(subFormat), .. SubFormatTail];

    public static byte[] Int16(params short[] samples) => samples.SelectMany(BitConverter.GetBytes).ToArray();

    public static byte[] U16(int value) => BitConverter.GetBytes((ushort)value);

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);
}
