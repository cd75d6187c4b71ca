using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class InstanceNormS16VariantTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 16)]
    [InlineData(5, 16)]
    [InlineData(4, 35)]
    [InlineData(33, 64)]
    [InlineData(InstanceNormChannel.MaxRows, 17)]
    public void Avx512_gives_the_bits_of_the_reference(int rows, int channels)
    {
        Patterns.Require(KernelSet.Avx512);
        var random = new Random(rows);
        foreach (int spread in (int[])[0, 1, 100, 32_768])
        {
            short[] input = [.. Enumerable.Range(0, rows * channels).Select(i => spread == 100 ? (short)(i / channels % 2 == 0 ? short.MinValue : short.MaxValue)
                : spread == 1 ? short.MinValue : (short)random.Next(-spread, Math.Max(spread, 1)))];
            var parameters = InstanceNormParameters.Create(
                rows, [.. Enumerable.Range(0, channels).Select(_ => random.Multiplier() * (random.Next(2) == 0 ? 1 : -1))],
                [.. Enumerable.Range(0, channels).Select(_ => random.Next(-31, InstanceNormChannel.MaxShift + 1))], random.Int32s(channels, int.MaxValue),
                random.Multiplier(), random.Next(-31, 31), random.Next(-128, 128));
            (short[] expected, short[] output) = (new short[input.Length], new short[input.Length]);
            InstanceNormS16.Reference(input, parameters, short.MinValue, short.MaxValue, expected);
            InstanceNormS16.RunAvx512(input, parameters, short.MinValue, short.MaxValue, output, new short[InstanceNormS16.ScratchElements512(channels)]);
            Assert.Equal(expected, output);
        }
    }
}
