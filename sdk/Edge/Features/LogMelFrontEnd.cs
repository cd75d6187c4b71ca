namespace Edge.Features;

/// <summary>The <c>log-mel</c> front end: natural logarithms of mel bands in Q16.</summary>
internal sealed class LogMelFrontEnd : FrontEnd
{
    private readonly LogMelSpectrum spectrum;

    public LogMelFrontEnd(LogMelOptions options)
        : base(options, options.WindowSamples, LogMelSpectrum.LeadingZeros(options))
    {
        Bins = options.Bands;
        spectrum = new LogMelSpectrum(options);
    }

    public override int Bins { get; }

    public override int FractionBits => BandLogarithm.FractionBits;

    internal override void SetFullScale(int sample) => spectrum.SetFullScale(sample);

    protected override void Process(ReadOnlySpan<short> frame, Span<int> features) => spectrum.Compute(frame, features);
}
