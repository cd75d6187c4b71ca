using Edge.Features.Design;

namespace Edge.Features;

/// <summary>The <c>mfcc</c> front end: cosine transform of log-mel bands, in Q16.</summary>
internal sealed class MfccFrontEnd : FrontEnd
{
    private readonly LogMelSpectrum spectrum;
    private readonly int[] matrixQ24; // [coefficients, bands]
    private readonly int[] bands;     // Q16, [bands]

    public MfccFrontEnd(MfccOptions options)
        : base(options, options.WindowSamples, LogMelSpectrum.LeadingZeros(options))
    {
        Bins = options.Coefficients;
        spectrum = new LogMelSpectrum(options);
        matrixQ24 = DctDesign.MatrixQ24(options);
        bands = new int[options.Bands];
    }

    public override int Bins { get; }

    public override int FractionBits => BandLogarithm.FractionBits;

    internal override void SetFullScale(int sample) => spectrum.SetFullScale(sample);

    protected override void Process(ReadOnlySpan<short> frame, Span<int> features)
    {
        spectrum.Compute(frame, bands);
        for (int k = 0; k < features.Length; k++)
        {
            ReadOnlySpan<int> row = matrixQ24.AsSpan(k * bands.Length, bands.Length);
            long sum = 1L << 23;
            for (int band = 0; band < row.Length; band++)
            {
                sum += (long)row[band] * bands[band];
            }

            features[k] = (int)Math.Clamp(sum >> 24, int.MinValue, int.MaxValue);
        }
    }
}
