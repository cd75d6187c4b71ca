using Edge.Features;

namespace Edge.Tests.Features;

public class RealFft32Tests
{
    [Theory]
    [InlineData(64)]
    [InlineData(128)]
    [InlineData(256)]
    [InlineData(512)]
    [InlineData(1024)]
    [InlineData(2048)]
    public void Spectrum_is_the_discrete_Fourier_transform_over_its_length(int size)
    {
        var fft = new RealFft32(size);
        var spectrum = new int[size + 2];
        var random = new Random(size);
        int[] extremes = [.. Enumerable.Range(0, size).Select(_ => random.Next(2) == 0 ? -(1 << 30) : 1 << 30)];
        int[] constant = [.. Enumerable.Repeat(-(1 << 30), size)];
        int[] highest = [.. Enumerable.Range(0, size).Select(i => (i & 1) == 0 ? 1 << 30 : -(1 << 30))];
        int[] noise = [.. Enumerable.Range(0, size).Select(_ => random.Next(-(1 << 30), 1 << 30))];
        foreach (int[] samples in (int[][])[extremes, constant, highest, noise])
        {
            fft.Transform(samples, spectrum);
            for (int bin = 0; bin <= size / 2; bin++)
            {
                double re = 0;
                double im = 0;
                for (int i = 0; i < size; i++)
                {
                    double angle = 2 * Math.PI * ((long)bin * i % size) / size;
                    re += samples[i] * Math.Cos(angle);
                    im -= samples[i] * Math.Sin(angle);
                }

                // Roundings of the stages, and twiddles that are off by up to 2^-31 on sums of up to 2^30.
                Assert.InRange(spectrum[2 * bin] - re / size, -6, 6);
                Assert.InRange(spectrum[2 * bin + 1] - im / size, -6, 6);
            }
        }
    }
}
