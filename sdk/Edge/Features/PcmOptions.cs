namespace Edge.Features;

/// <summary>Parameters of the <c>pcm</c> front end: the samples themselves, <see cref="FrontEndOptions.HopSamples"/> a frame.</summary>
public sealed record PcmOptions : FrontEndOptions
{
    /// <inheritdoc/>
    public override string Kind => "pcm";
}
