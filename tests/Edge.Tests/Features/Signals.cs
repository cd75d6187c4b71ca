using System.Buffers.Binary;

namespace Edge.Tests.Features;

/// <summary>Deterministic sound, and the samples of the recordings beside the project.</summary>
internal static class Signals
{
    /// <summary>White noise of the given peak.</summary>
    public static short[] Noise(int samples, int peak, int seed = 1)
    {
        var random = new Random(seed);
        var signal = new short[samples];
        for (int i = 0; i < samples; i++)
        {
            signal[i] = (short)random.Next(-peak, peak + 1);
        }

        return signal;
    }

    /// <summary>A tone that rises from 0 Hz to half the sample rate.</summary>
    public static short[] Sweep(int samples, int peak)
    {
        var signal = new short[samples];
        for (int i = 0; i < samples; i++)
        {
            signal[i] = (short)Math.Round(peak * Math.Sin(Math.PI / 2 * i / samples * i));
        }

        return signal;
    }

    /// <summary>Samples of a mono 16-bit WAV file.</summary>
    public static short[] ReadWav(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int at = 12;
        while (!file.AsSpan(at, 4).SequenceEqual("data"u8))
        {
            at += 8 + BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 4));
        }

        var samples = new short[Math.Min(BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 4)), file.Length - at - 8) / 2];
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = BinaryPrimitives.ReadInt16LittleEndian(file.AsSpan(at + 8 + 2 * i));
        }

        return samples;
    }
}
