namespace Edge.Features;

/// <summary>The <c>pcm</c> front end: a hop of samples as it is, in Q15 of full scale.</summary>
internal sealed class PcmFrontEnd(PcmOptions options) : FrontEnd(options, Math.Clamp(options.HopSamples, 0, 48_000))
{
    public override int Bins => Options.HopSamples;

    public override int FractionBits => 15;

    protected override void Process(ReadOnlySpan<short> frame, Span<int> features)
    {
        for (int i = 0; i < frame.Length; i++)
        {
            features[i] = frame[i];
        }
    }
}
