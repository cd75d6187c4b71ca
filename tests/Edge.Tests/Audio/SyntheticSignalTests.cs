using System.Security.Cryptography;
using Edge.Audio;

namespace Edge.Tests.Audio;

public class SyntheticSignalTests
{
    // SHA-256 of 48,000 samples as little-endian bytes, from a program in another language that follows the definition.
    [Theory]
    [InlineData(0u, "f115401511309234263af1d903e5203a8774940e8b2fc92d14f1a50b764dd9b4")]
    [InlineData(1u, "bc626cd4d6645a78730a2c7a8d2b72bd084b34531bdfc69a3c717543203564c7")]
    [InlineData(0x61C88647u, "21606b6e95cb14d099c5af3c0270f81e954732783da47966b768405f68940f77")] // the state would be 0
    [InlineData(12345u, "9fa04b8530ee37ee9ba864cce31206dddbeea030abb576847d3401a3e4c0b5c0")]
    public void The_signal_is_the_defined_one(uint seed, string sha256) =>
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(WavBytes.Int16(SyntheticSignal.Generate(seed, 48000)))));

    [Fact]
    public void The_first_samples_are_the_defined_ones() =>
        Assert.Equal([-3874, 3272, -1423, 5253, -3621, -392, -8287, -6450], SyntheticSignal.Generate(0, 8));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1024)]
    [InlineData(5000)]
    public void A_shorter_signal_is_the_beginning_of_a_longer_one(int samples)
    {
        short[] filled = new short[samples];
        SyntheticSignal.Generate(7, filled);
        Assert.Equal(SyntheticSignal.Generate(7, 6000)[..samples], filled);
    }

    [Fact]
    public void It_holds_silence_quiet_and_loud()
    {
        double[] levels = SyntheticSignal.Generate(1, 64 * 1024).Chunk(1024).Select(s => Math.Sqrt(s.Average(v => (double)v * v))).ToArray();
        Assert.Contains(levels, l => l == 0);
        Assert.Contains(levels, l => l is > 0 and < 300);
        Assert.Contains(levels, l => l > 10_000);
    }
}
