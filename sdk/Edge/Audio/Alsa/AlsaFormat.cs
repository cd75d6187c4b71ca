using System.Globalization;

namespace Edge.Audio.Alsa;

/// <summary>What a device gives, as agreed on with it.</summary>
/// <param name="Encoding">One sample of the device, by ALSA's name: "S16_LE".</param>
/// <param name="RateHz">Frames a second.</param>
/// <param name="Channels">Samples in a frame.</param>
/// <param name="PeriodFrames">Frames from one wake-up to the next.</param>
/// <param name="BufferFrames">Frames that the device holds.</param>
public sealed record AlsaFormat(string Encoding, int RateHz, int Channels, int PeriodFrames, int BufferFrames)
{
    /// <summary>As messages say it: "S16_LE, 48000 Hz, 2 channels, period 20 ms, buffer 500 ms".</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Encoding}, {RateHz} Hz, {Channels} channel{(Channels == 1 ? "" : "s")}, period {PeriodFrames * 1000.0 / RateHz:0.#} ms, buffer {BufferFrames * 1000.0 / RateHz:0.#} ms");
}
