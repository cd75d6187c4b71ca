using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Quantization.Tests.Rewriting.Quantizing;

public class LearnedRoundingTests
{
    private static readonly QuantizeOptions FourBits = new() { WeightBits = 4 };

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void Every_layers_error_is_below_that_of_rounding_to_nearest(int bits)
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = HardNetwork.Build();
        IReadOnlyList<CalibrationSample> samples = HardNetwork.Samples(32);
        ModelGraph quantized = Quantize(graph, samples, new QuantizeOptions { WeightBits = bits });
        var layers = new List<RoundedLayer>();

        LearnedRounding.Apply(graph, quantized, samples, samples.Count, layers, TestContext.Current.CancellationToken);

        Assert.Equal(["c1", "c2", "c3", "m4", "y"], layers.Select(layer => layer.Layer));
        Assert.All(layers, layer => Assert.InRange(layer.Learned, 0, layer.Nearest));
        Assert.True(layers.Sum(layer => layer.Learned) < 0.5 * layers.Sum(layer => layer.Nearest), string.Join(", ", layers));
    }

    [Fact]
    public void The_objective_is_the_error_that_the_layer_really_makes()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = HardNetwork.Build();
        IReadOnlyList<CalibrationSample> samples = HardNetwork.Samples(8);
        ModelGraph quantized = Quantize(graph, samples, FourBits);
        var layers = new List<RoundedLayer>();
        ModelGraph rounded = LearnedRounding.Apply(graph, quantized, samples, samples.Count, layers, TestContext.Current.CancellationToken);

        foreach ((string layer, string weights) in new[] { ("c1", "w1"), ("c2", "w2"), ("c3", "w3"), ("m4", "w4"), ("y", "w5") })
        {
            RoundedLayer found = layers.Single(l => l.Layer == layer);
            Assert.Equal(found.Nearest, ErrorOf(graph, WithWeights(graph, quantized, weights), layer, samples), 1e-3 * found.Nearest);
            Assert.Equal(found.Learned, ErrorOf(graph, WithWeights(graph, rounded, weights), layer, samples), 1e-3 * found.Nearest);
        }
    }

    [Fact]
    public void Outputs_come_nearer_to_the_float_graphs_on_samples_not_seen()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = HardNetwork.Build();
        IReadOnlyList<CalibrationSample> samples = HardNetwork.Samples(32);
        ModelGraph quantized = Quantize(graph, samples, FourBits);

        ModelGraph rounded = LearnedRounding.Apply(graph, quantized, samples, samples.Count, cancellationToken: TestContext.Current.CancellationToken);

        var error = new QuantizationError(graph, HardNetwork.Samples(16, seed: 1));
        Assert.True(error.OutputSqnrDb(rounded) > error.OutputSqnrDb(quantized) + 3, $"{error.OutputSqnrDb(quantized)} dB before, {error.OutputSqnrDb(rounded)} after");
    }

    [Fact]
    public void The_same_samples_give_the_same_integers()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = HardNetwork.Build();
        IReadOnlyList<CalibrationSample> samples = HardNetwork.Samples(8);
        ModelGraph quantized = Quantize(graph, samples, FourBits);

        ModelGraph[] twice = [.. Enumerable.Range(0, 2).Select(_ => LearnedRounding.Apply(graph, quantized, samples, samples.Count, cancellationToken: TestContext.Current.CancellationToken))];

        Assert.Equal(twice[0].Initializers["w3.int4"].ToInts(), twice[1].Initializers["w3.int4"].ToInts());
        Assert.NotEqual(quantized.Initializers["w3.int4"].ToInts(), twice[0].Initializers["w3.int4"].ToInts());
    }

    [Fact]
    public void No_single_step_of_an_integer_improves_the_solution()
    {
        const int Length = 24, Limit = 7;
        var random = new Random(3);
        var moments = new SecondMoments(1, Length);
        for (int row = 0; row < 90; row++)
        {
            float common = (float)random.NextDouble();
            foreach (ref float element in moments.NextRow(0))
            {
                element = common + (float)random.NextDouble() * 0.3f;
            }

            moments.Commit(0);
        }

        float[] matrix = moments.Matrix(0), weights = [.. Enumerable.Range(0, Length).Select(_ => (float)random.NextDouble() * 2 - 1)];
        const float Scale = 1f / Limit;
        sbyte[] integers = WeightQuantization.Quantize(weights, [Scale], Length, 4);

        (double nearest, double learned) = new IntegerLeastSquares(matrix, Length).Solve(weights, Scale, Limit, integers);

        Assert.True(learned < 0.5 * nearest, $"{learned} of {nearest}");
        Assert.Equal(learned, Objective(integers), 1e-4 * nearest);
        for (int i = 0; i < Length; i++)
        {
            foreach (int step in new[] { -1, 1 })
            {
                sbyte[] other = [.. integers];
                other[i] = (sbyte)Math.Clamp(other[i] + step, -Limit, Limit);
                Assert.True(Objective(other) >= learned - 1e-5 * nearest);
            }
        }

        double Objective(sbyte[] candidate)
        {
            double sum = 0;
            for (int i = 0; i < Length; i++)
            {
                for (int j = 0; j < Length; j++)
                {
                    sum += (candidate[i] * (double)Scale - weights[i]) * matrix[i * Length + j] * (candidate[j] * (double)Scale - weights[j]);
                }
            }

            return sum;
        }
    }

    [Fact]
    public void A_short_row_gets_the_scale_that_its_few_weights_fit()
    {
        const int Length = 9, Limit = 127;
        var random = new Random(11);
        var moments = new SecondMoments(1, Length);
        for (int row = 0; row < 400; row++)
        {
            float level = 8 + (float)random.NextDouble() * 6; // as log-mel features: their level is large beside their differences
            foreach (ref float element in moments.NextRow(0))
            {
                element = level + (float)random.NextDouble() * 2;
            }

            moments.Commit(0);
        }

        var solver = new IntegerLeastSquares(moments.Matrix(0), Length);
        double fixedScale = 0, searched = 0;
        for (int channel = 0; channel < 13; channel++)
        {
            float[] weights = [.. Enumerable.Range(0, Length).Select(_ => (float)random.NextDouble() * 2 - 1)];
            float first = weights.Max(Math.Abs) / Limit, scale = first, bound = first;
            sbyte[] nearest = WeightQuantization.Quantize(weights, [first], Length, 8), integers = [.. nearest], bounded = [.. nearest];
            double learned = solver.Solve(weights, first, Limit, [.. nearest]).Learned;

            (_, double found) = solver.SolveScale(weights, ref scale, 0, Limit, integers);
            solver.SolveScale(weights, ref bound, 0.95f * first, Limit, bounded);

            Assert.True(found <= learned, $"{found} with a scale of its own, {learned} without");
            Assert.InRange(scale, 0.59f * first, 1.11f * first);
            Assert.True(bound >= 0.95f * first);
            float[] restored = [.. integers.Select(integer => integer * scale)];
            Assert.All(weights.Zip(restored), pair => Assert.Equal(pair.First, pair.Second, 0.5f * MathF.Abs(pair.First) + 3 * first));
            fixedScale += learned;
            searched += found;
        }

        Assert.True(searched < 0.3 * fixedScale, $"{searched} of {fixedScale}");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Biases_stay_what_they_are_and_shared_scales_stay_at_all(bool perChannelWeights)
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = HardNetwork.Build();
        IReadOnlyList<CalibrationSample> samples = HardNetwork.Samples(8);
        ModelGraph quantized = Quantize(graph, samples, new QuantizeOptions { PerChannelWeights = perChannelWeights });

        ModelGraph rounded = LearnedRounding.Apply(graph, quantized, samples, samples.Count, cancellationToken: TestContext.Current.CancellationToken);

        foreach (string layer in new[] { "1", "2", "4", "5" })
        {
            float[] before = quantized.Initializers[$"w{layer}.scale"].ToFloats(), after = rounded.Initializers[$"w{layer}.scale"].ToFloats();
            Assert.Equal(perChannelWeights, !before.SequenceEqual(after));
            float[] steps = rounded.Initializers[$"b{layer}.scale"].ToFloats(), stepsBefore = quantized.Initializers[$"b{layer}.scale"].ToFloats();
            int[] integers = rounded.Initializers[$"b{layer}.int32"].ToInts(), integersBefore = quantized.Initializers[$"b{layer}.int32"].ToInts();
            for (int c = 0; c < integers.Length; c++)
            {
                int at = steps.Length == 1 ? 0 : c;
                Assert.Equal(after[at] / before[at], steps[at] / stepsBefore[at], 1e-5f);
                Assert.Equal(integersBefore[c] * stepsBefore[at], integers[c] * steps[at], steps[at] + 1e-6f * MathF.Abs(integers[c] * steps[at]));
            }
        }
    }

    private static ModelGraph Quantize(ModelGraph graph, IReadOnlyList<CalibrationSample> samples, QuantizeOptions options)
    {
        var observer = new MinMaxObserver();
        ActivationCollector.Collect(graph, samples, observer, TestContext.Current.CancellationToken);
        return Quantizer.Apply(graph, observer.Ranges, options);
    }

    /// <summary>The float graph with one layer's weights as the quantized graph has them.</summary>
    private static ModelGraph WithWeights(ModelGraph graph, ModelGraph quantized, string name)
    {
        ModelGraph changed = graph.Clone();
        int[] integers = quantized.Initializers[$"{name}.int4"].ToInts();
        float[] scales = quantized.Initializers[$"{name}.scale"].ToFloats();
        Tensor weights = graph.Initializers[name];
        int inner = name == "w4" ? 1 : integers.Length / scales.Length;
        changed.Initializers[name] = Tensor.Of(weights.Dims, [.. integers.Select((q, i) => q * scales[i / inner % scales.Length])]);
        return changed;
    }

    /// <summary>Mean over positions, sum over channels, of a value's squared difference; measured by ONNX Runtime.</summary>
    private static double ErrorOf(ModelGraph graph, ModelGraph changed, string value, IReadOnlyList<CalibrationSample> samples)
    {
        using var real = new FloatRunner(graph);
        using var other = new FloatRunner(changed);
        double sum = 0;
        int positions = 0;
        foreach (CalibrationSample sample in samples)
        {
            float[] expected = [];
            real.Run(sample.Tensors, output => expected = output.Name == value ? output.Elements<float>().ToArray() : expected);
            other.Run(sample.Tensors, output =>
            {
                if (output.Name == value)
                {
                    ReadOnlySpan<float> actual = output.Elements<float>();
                    positions += actual.Length / (value == "y" ? 4 : 12);
                    for (int i = 0; i < actual.Length; i++)
                    {
                        sum += Math.Pow(actual[i] - expected[i], 2);
                    }
                }
            });
        }

        return sum / positions;
    }
}
