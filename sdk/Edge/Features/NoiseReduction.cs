namespace Edge.Features;

/// <summary>Subtracts a slowly learned estimate of the noise from each channel.</summary>
internal sealed class NoiseReduction(MicroOptions options)
{
    private readonly uint[] estimates = new uint[options.Channels]; // Q(SmoothingBits)
    private readonly int smoothingBits = options.SmoothingBits;
    private readonly uint evenSmoothingQ14 = (uint)options.EvenSmoothingQ14;
    private readonly uint oddSmoothingQ14 = (uint)options.OddSmoothingQ14;
    private readonly uint minSignalRemainingQ14 = (uint)options.MinSignalRemainingQ14;

    /// <summary>The noise estimate with <see cref="MicroOptions.SmoothingBits"/> fractional bits, [channels].</summary>
    public ReadOnlySpan<uint> Estimates => estimates;

    /// <summary>Learns from <paramref name="signal"/> [channels] and lowers it in place.</summary>
    public void Apply(Span<uint> signal)
    {
        for (int channel = 0; channel < signal.Length; channel++)
        {
            uint smoothingQ14 = (channel & 1) == 0 ? evenSmoothingQ14 : oddSmoothingQ14;
            uint scaled = signal[channel] << smoothingBits;
            uint estimate = (uint)(((ulong)scaled * smoothingQ14 + (ulong)estimates[channel] * ((1u << 14) - smoothingQ14)) >> 14);
            estimates[channel] = estimate;
            uint floor = (uint)(((ulong)signal[channel] * minSignalRemainingQ14) >> 14);
            uint subtracted = (scaled - Math.Min(estimate, scaled)) >> smoothingBits;
            signal[channel] = Math.Max(subtracted, floor);
        }
    }

    /// <summary>Forgets the noise.</summary>
    public void Reset() => estimates.AsSpan().Clear();
}
