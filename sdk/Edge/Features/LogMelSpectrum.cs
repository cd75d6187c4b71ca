using Edge.Features.Design;

namespace Edge.Features;

/// <summary>The pipeline from a frame of PCM to log-mel bands, shared by the <c>log-mel</c> and <c>mfcc</c> front ends.</summary>
internal sealed class LogMelSpectrum
{
    private readonly FrameWeighting weighting;
    private readonly RealFft32 fft;
    private readonly MelFilterbank filterbank;
    private readonly BandLogarithm logarithm;
    private readonly int[] weighted;   // [fft size]: the weighted frame, zeros behind
    private readonly int[] spectrum;   // [fft size/2 + 1] complex
    private readonly ulong[] bands;    // [bands]
    private readonly int valuePower;   // 2 where powers are summed, 1 where magnitudes are
    private readonly int baseExponent; // power of two by which a sum differs from its real value in a frame that was not scaled

    /// <summary>Prepares every stage.</summary>
    public LogMelSpectrum(LogMelOptions options)
    {
        weighting = new FrameWeighting(options);
        fft = new RealFft32(options.FftSize);
        filterbank = new MelFilterbank(options);
        logarithm = new BandLogarithm(options);
        weighted = new int[options.FftSize];
        spectrum = new int[options.FftSize + 2];
        bands = new ulong[options.Bands];
        valuePower = options.Spectrum == SpectrumKind.Power ? 2 : 1;
        int sampleBits = options.IntegerSamples ? 0 : 15;
        baseExponent = valuePower * (int.Log2(options.FftSize) - sampleBits)
            - (valuePower == 1 ? MelFilterbank.MagnitudeFractionBits : 0);
    }

    /// <summary>Counts samples as fractions of <paramref name="fullScale"/>, 1 to 32,768, from the next frame on.</summary>
    public void SetFullScale(int fullScale) => logarithm.Gain = fullScale == 1 << 15 ? null : GainDesign.FromFullScale(fullScale, valuePower);

    /// <summary>Computes the natural logarithms of the bands, [bands], with <see cref="BandLogarithm.FractionBits"/>.</summary>
    public void Compute(ReadOnlySpan<short> frame, Span<int> features)
    {
        int scale = weighting.Apply(frame, weighted);
        fft.Transform(weighted, spectrum);
        filterbank.Apply(spectrum, bands);
        logarithm.Apply(bands, baseExponent - valuePower * scale, features);
    }

    /// <summary>Zeros before the sound where frames are centred: librosa's padding less the part that the window does not reach.</summary>
    public static int LeadingZeros(LogMelOptions options) => options.Centered ? (options.WindowSamples + 1) / 2 : 0;
}
