using Edge.Inference.Kernels;

namespace Edge.Tests.Kernels;

/// <summary>Per-channel requantization for convolutions and matrices.</summary>
internal static class Channels
{
    /// <summary>Multipliers that bring some thousands into int8, now and then the extremes; in every other layer all shifts as networks have them, 1 to 22 to the right.</summary>
    public static Requantization Requantization(Random random, int channels)
    {
        bool usual = random.Next(2) == 0;
        return new(
            [.. Enumerable.Range(0, channels).Select(_ => random.Multiplier())],
            [.. Enumerable.Range(0, channels).Select(_ => random.Next(8) != 0 ? random.Next(-12, -3) : usual ? random.Next(-22, 0) : random.Next(-31, 31))],
            random.ZeroPoint(),
            random.Next(3) == 0 ? random.Next(-128, 0) : -128,
            random.Next(3) == 0 ? random.Next(0, 128) : 127,
            random.Rounding());
    }
}
