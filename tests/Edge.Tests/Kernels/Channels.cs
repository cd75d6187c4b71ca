using Edge.Inference.Kernels;

namespace Edge.Tests.Kernels;

/// <summary>Per-channel requantization for convolutions and matrices.</summary>
internal static class Channels
{
    /// <summary>Mostly multipliers that bring some thousands into int8, now and then the extremes.</summary>
    public static Requantization Requantization(Random random, int channels) => new(
        [.. Enumerable.Range(0, channels).Select(_ => random.Multiplier())],
        [.. Enumerable.Range(0, channels).Select(_ => random.Next(8) == 0 ? random.Next(-31, 31) : random.Next(-12, -3))],
        random.ZeroPoint(),
        random.Next(3) == 0 ? random.Next(-128, 0) : -128,
        random.Next(3) == 0 ? random.Next(0, 128) : 127,
        random.Rounding());
}
