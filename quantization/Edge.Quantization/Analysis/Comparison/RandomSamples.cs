using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Analysis.Comparison;

/// <summary>Seeded random inputs for models, where recordings are not enough to reach every corner.</summary>
public static class RandomSamples
{
    /// <summary>Samples of independent uniform elements.</summary>
    /// <param name="inputs">The inputs, each of float; unknown first dimensions are 1, other unknown ones <paramref name="frames"/>.</param>
    /// <param name="count">How many.</param>
    /// <param name="seed">The same seed gives the same samples.</param>
    /// <param name="frames">Size of dimensions that are not known.</param>
    /// <param name="min">Smallest element.</param>
    /// <param name="max">Upper bound of the elements, one of them where they are <paramref name="step"/> apart.</param>
    /// <param name="step">What elements are apart, as on the grid of a quantized input, so that no engine has to round them; 0 for elements anywhere between.</param>
    /// <param name="done">Called when a sample has been taken.</param>
    /// <exception cref="InvalidDataException">An input is not of float, or nothing is known of its shape.</exception>
    public static IEnumerable<CalibrationSample> Generate(IReadOnlyList<ValueInfo> inputs, int count, int seed, int frames, double min, double max, double step = 0, Action? done = null)
    {
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
        {
            yield return new CalibrationSample($"random {i}", inputs.ToDictionary(input => input.Name, input => Tensor(input, random, frames, min, max, step)));
            done?.Invoke();
        }
    }

    private static OnnxTensor Tensor(ValueInfo input, Random random, int frames, double min, double max, double step)
    {
        if (input.ElementType != ElementType.Float32 || input.Shape is null)
        {
            throw new InvalidDataException($"Input {input} cannot be filled at random; expected floats of a known rank.");
        }

        long[] dims = [.. input.Shape.Select((dimension, axis) => dimension.IsKnown ? dimension.Size : axis == 0 ? 1 : frames)];
        var values = new float[dims.Aggregate(1L, (product, dim) => checked(product * dim))];
        foreach (ref float value in values.AsSpan())
        {
            double offset = random.NextDouble() * (max - min + step);
            value = (float)(min + (step > 0 ? Math.Floor(offset / step) * step : offset));
        }

        return OnnxTensor.Of(dims, values);
    }
}
