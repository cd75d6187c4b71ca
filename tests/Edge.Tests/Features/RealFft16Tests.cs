using Edge.Features;
using Edge.Numerics;

namespace Edge.Tests.Features;

public class RealFft16Tests
{
    public static TheoryData<int, KernelSet> SizesAndKernels()
    {
        var data = new TheoryData<int, KernelSet>();
        foreach (int size in new[] { 64, 128, 256, 512, 1024, 2048 })
        {
            foreach (KernelSet kernels in InstructionSet.Supported)
            {
                data.Add(size, kernels);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(SizesAndKernels))]
    public void Every_variant_gives_the_bits_of_the_reference(int size, KernelSet kernels)
    {
        var reference = new RealFft16(size, KernelSet.Reference);
        var variant = new RealFft16(size, kernels);
        var expected = new short[size + 2];
        var actual = new short[size + 2];
        short[] extremes = [.. Signals.Noise(size, 1, seed: 5).Select(x => x > 0 ? short.MaxValue : short.MinValue)];
        short[] lowest = [.. Enumerable.Repeat(short.MinValue, size)];
        int shift = 0;
        foreach (short[] samples in (short[][])[Signals.Noise(size, 32767), Signals.Noise(size, 3), extremes, lowest, Signals.Sweep(size, 32767)])
        {
            reference.Transform(samples, shift, expected);
            variant.Transform(samples, shift, actual);
            Assert.Equal(expected, actual);
            shift += 3;
        }
    }

    [Theory]
    [MemberData(nameof(SizesAndKernels))]
    public void Spectrum_is_the_discrete_Fourier_transform_over_its_length(int size, KernelSet kernels)
    {
        short[] samples = Signals.Noise(size, 32767, seed: size);
        var spectrum = new short[size + 2];
        new RealFft16(size, kernels).Transform(samples, 0, spectrum);
        for (int bin = 0; bin <= size / 2; bin++)
        {
            double re = 0;
            double im = 0;
            for (int i = 0; i < size; i++)
            {
                re += samples[i] * Math.Cos(2 * Math.PI * bin * i / size);
                im -= samples[i] * Math.Sin(2 * Math.PI * bin * i / size);
            }

            // Four to six stages that each round to one.
            Assert.InRange(spectrum[2 * bin] - re / size, -4, 4);
            Assert.InRange(spectrum[2 * bin + 1] - im / size, -4, 4);
        }
    }
}
