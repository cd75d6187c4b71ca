using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Quantization.Tests.Rewriting.Quantizing;

public class BiasCorrectionTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_mean_error_of_every_layer_goes_away(bool perChannelWeights)
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = HardNetwork.Build();
        IReadOnlyList<CalibrationSample> samples = HardNetwork.Samples(32);
        var options = new QuantizeOptions { WeightBits = 4, PerChannelWeights = perChannelWeights };
        ModelGraph quantized = Quantizer.Apply(graph, ActivationCollector.MinMax(graph, samples.Select(sample => sample.Tensors), TestContext.Current.CancellationToken), options);
        int layers = 0;

        ModelGraph corrected = BiasCorrection.Apply(graph, quantized, samples, samples.Count, _ => layers++, TestContext.Current.CancellationToken);

        Assert.Equal(5, layers); // the third Conv had no bias and got one
        foreach ((string value, int axis) in new[] { ("c1", 1), ("c2", 1), ("c3", 1), ("a4", -1) })
        {
            double[] wanted = Means(graph, value, axis, samples);
            double before = Distance(wanted, Means(quantized, value, axis, samples)), after = Distance(wanted, Means(corrected, value, axis, samples));
            Assert.True(after < 0.05 * before, $"{value}: {before} before, {after} after");
        }

        var error = new QuantizationError(graph, HardNetwork.Samples(16, seed: 1));
        Assert.True(error.OutputSqnrDb(corrected) > error.OutputSqnrDb(quantized) + 3);
    }

    [Fact]
    public void The_samples_are_taken_from_all_that_there_are()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = HardNetwork.Build();
        IReadOnlyList<CalibrationSample> samples = HardNetwork.Samples(70);
        ModelGraph quantized = Quantizer.Apply(
            graph, ActivationCollector.MinMax(graph, samples.Select(sample => sample.Tensors), TestContext.Current.CancellationToken), new QuantizeOptions { WeightBits = 4 });
        CalibrationSample[] spread = [.. samples.Where((_, i) => (i + 1) * 32 / 70 > i * 32 / 70)];

        ModelGraph corrected = BiasCorrection.Apply(graph, quantized, samples, samples.Count, cancellationToken: TestContext.Current.CancellationToken);
        ModelGraph bySpread = BiasCorrection.Apply(graph, quantized, spread, spread.Length, cancellationToken: TestContext.Current.CancellationToken);
        CalibrationSample[] first = [.. samples.Take(32)];
        ModelGraph byFirst = BiasCorrection.Apply(graph, quantized, first, first.Length, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(32, spread.Length);
        Assert.Equal(bySpread.Initializers["b1.int32"].ToInts(), corrected.Initializers["b1.int32"].ToInts());
        Assert.NotEqual(byFirst.Initializers["b1.int32"].ToInts(), corrected.Initializers["b1.int32"].ToInts());
    }

    private static double[] Means(ModelGraph graph, string value, int axis, IReadOnlyList<CalibrationSample> samples)
    {
        var observer = new ChannelObserver(new Dictionary<string, int> { [value] = axis });
        ActivationCollector.Collect(graph, samples, observer, TestContext.Current.CancellationToken);
        return observer.Statistics[value].Mean;
    }

    private static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b).Sum(pair => Math.Pow(pair.First - pair.Second, 2)));
}
