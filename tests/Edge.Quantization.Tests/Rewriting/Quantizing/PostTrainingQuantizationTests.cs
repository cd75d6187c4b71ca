using Edge.Quantization.Calibration;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Quantization.Tests.Rewriting.Quantizing;

public class PostTrainingQuantizationTests
{
    private static readonly PostTrainingOptions MinMaxAlone = new()
    {
        Range = RangeMethod.MinMax, Equalize = MethodUse.Off, LearnedRounding = MethodUse.Off, BiasCorrection = MethodUse.Off,
    };

    [Fact]
    public void Methods_recover_what_outlier_channels_cost()
    {
        PostTrainingResult plain = Quantize(HardNetwork.Build(40), MinMaxAlone), best = Quantize(HardNetwork.Build(40), new PostTrainingOptions());

        Assert.True(best.SqnrDb > plain.SqnrDb + 8, $"{plain} | {best}");
        Assert.Contains("cross-layer equalization", best.Methods, StringComparison.Ordinal);
        Assert.Equal((36, 4), (best.Samples, best.HeldSamples));
        Assert.Equal("y", best.Values[^1].Value);
        Assert.Equal(best.SqnrDb, best.Values[^1].SqnrDb, 0.1);
    }

    [Fact]
    public void With_weights_of_4_bits_rounding_and_correction_beat_minimum_and_maximum_alone()
    {
        var four = new QuantizeOptions { WeightBits = 4 };

        PostTrainingResult plain = Quantize(HardNetwork.Build(), MinMaxAlone with { Bits = four });
        PostTrainingResult rounded = Quantize(HardNetwork.Build(), MinMaxAlone with { Bits = four, LearnedRounding = MethodUse.On, BiasCorrection = MethodUse.On });

        Assert.True(rounded.SqnrDb > plain.SqnrDb + 5, $"{plain} | {rounded}");
    }

    [Fact]
    public void What_does_not_help_is_not_kept_unless_asked_for()
    {
        PostTrainingResult result = Quantize(HardNetwork.Build(), new PostTrainingOptions());

        double kept = result.Steps.Where(step => step.Kept).Max(step => step.SqnrDb);
        Assert.Equal(kept, result.SqnrDb, 1e-9);
        Assert.All(result.Steps.Where(step => !step.Kept), step => Assert.True(step.SqnrDb <= kept));
    }

    [Fact]
    public void A_byte_budget_lowers_layers_until_the_model_fits()
    {
        ModelGraph eight = Quantize(HardNetwork.Build(), MinMaxAlone).Quantized;
        long budget = OnnxWriter.Write(eight).Length - 80;

        PostTrainingResult result = Quantize(HardNetwork.Build(), MinMaxAlone with { Budget = new PrecisionBudget { MaxBytes = budget } });

        Assert.InRange(OnnxWriter.Write(result.Quantized).Length, 1, budget);
        Assert.InRange(result.CountLayers().FourBits, 1, 4);
    }

    [Fact]
    public void A_budget_that_nothing_meets_is_named()
    {
        var error = Assert.Throws<InvalidDataException>(() => Quantize(HardNetwork.Build(), MinMaxAlone with { Budget = new PrecisionBudget { MaxBytes = 100 } }));

        Assert.Contains("the budget is 100", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_noise_budget_raises_weights_until_it_is_met()
    {
        var four = new QuantizeOptions { WeightBits = 4 };
        double before = Quantize(HardNetwork.Build(), MinMaxAlone with { Bits = four }).SqnrDb;
        double wanted = before + 3;

        PostTrainingResult result = Quantize(HardNetwork.Build(), MinMaxAlone with { Bits = four, Budget = new PrecisionBudget { MinSqnrDb = wanted }, CanBeWide = _ => new HashSet<string>() });

        Assert.True(result.SqnrDb >= wanted, $"{result.SqnrDb} of {wanted}");
        Assert.InRange(result.CountLayers().FourBits, 1, 4);
        Assert.Empty(result.Bits.ValueBits);
    }

    [Fact]
    public void A_noise_budget_raises_the_values_that_outliers_spoil()
    {
        ModelGraph graph = HardNetwork.Build(12);
        double wanted = Quantize(graph, MinMaxAlone).SqnrDb + 0.4; // the weights' own noise allows no more than 0.7

        PostTrainingResult result = Quantize(graph, MinMaxAlone with { Budget = new PrecisionBudget { MinSqnrDb = wanted } });

        Assert.True(result.SqnrDb >= wanted, $"{result.SqnrDb} of {wanted}");
        Assert.NotEmpty(result.Bits.ValueBits);
        Assert.All(result.Bits.ValueBits.Keys, value => Assert.Contains($"{value}.int16", result.Quantized.Nodes.SelectMany(node => node.Outputs)));
    }

    [Fact]
    public void Nothing_is_raised_that_the_budget_does_not_need()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = HardNetwork.Build(12);
        IReadOnlyDictionary<string, (float Min, float Max)> ranges = ActivationCollector.MinMax(graph, HardNetwork.Samples(20).Select(sample => sample.Tensors), TestContext.Current.CancellationToken);
        var error = new QuantizationError(graph, HardNetwork.Samples(8, seed: 2));
        string[] values = ["r1", "p2", "c3", "r4", "mean", "y"];
        double most = error.OutputSqnrDb(Quantize(new QuantizeOptions().Widen(values))), none = error.OutputSqnrDb(Quantize(new QuantizeOptions()));
        double wanted = (most + none) / 2;

        QuantizeOptions chosen = MixedPrecision.Choose(graph, Quantize, new QuantizeOptions(), new PrecisionBudget { MinSqnrDb = wanted }, values, error, _ => 0, cancellationToken: TestContext.Current.CancellationToken);

        string[] raised = [.. chosen.ValueBits.Keys];
        Assert.InRange(raised.Length, 1, values.Length - 1);
        Assert.True(error.OutputSqnrDb(Quantize(chosen)) >= wanted);
        Assert.All(raised, value => Assert.True(error.OutputSqnrDb(Quantize(new QuantizeOptions().Widen(raised.Where(other => other != value)))) < wanted, value));

        ModelGraph Quantize(QuantizeOptions bits) => Quantizer.Apply(graph, ranges, bits);
    }

    [Fact]
    public void Values_before_layer_normalizations_get_16_bits_where_8_drown_quiet_frames()
    {
        PostTrainingResult narrow = Quantize(LoudAndQuiet(), MinMaxAlone with { WideValues = MethodUse.Off }), wide = Quantize(LoudAndQuiet(), MinMaxAlone);

        Assert.True(wide.SqnrDb > narrow.SqnrDb + 10, $"{narrow} | {wide}");
        Assert.Equal(["sum", "x.loud"], wide.Bits.ValueBits.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("16 bits before normalizations", wide.Methods, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_the_device_has_in_8_bits_alone_keep_them()
    {
        PostTrainingResult result = Quantize(LoudAndQuiet(), MinMaxAlone with { WideValues = MethodUse.On, CanBeWide = _ => new HashSet<string> { "sum" } });

        Assert.Equal(["sum"], result.Bits.ValueBits.Keys);
    }

    [Fact]
    public void Values_of_16_bits_that_bring_less_than_a_decibel_are_not_kept()
    {
        ModelGraph graph = HardNetwork.Build();
        graph.Nodes[^1].Outputs[0] = "logits";
        graph.Nodes.Add(new Node("Softmax", ["logits"], ["y"]));

        PostTrainingResult result = Quantize(graph, MinMaxAlone);

        QuantizationStep step = Assert.Single(result.Steps, step => step.Name == "16 bits before normalizations");
        Assert.Equal(step.SqnrDb >= result.Steps[0].SqnrDb + 1, step.Kept);
        Assert.Equal(step.Kept ? 1 : 0, result.Bits.ValueBits.Count);
    }

    [Fact]
    public void Values_around_tables_have_16_bits_where_that_is_wanted_and_narrow_layers_read_them_whole()
    {
        MethodUse[] uses = [MethodUse.Off, MethodUse.On, MethodUse.Auto];
        var narrow = new QuantizeOptions { NarrowLayers = true };
        PostTrainingResult[] results = [.. uses.Select(use => Quantize(LongTail(), MinMaxAlone with { Bits = narrow, WideTables = use, CanBeWide = graph => WideActivations.Values(graph, tables: true) }))];

        Assert.True(results[1].SqnrDb > results[0].SqnrDb + 3, $"{results[0]} | {results[1]}");
        Assert.Empty(results[0].Bits.ValueBits);
        Assert.All(results[1..], result => Assert.Equal(["gelu", "sum"], result.Bits.ValueBits.Keys.Order(StringComparer.Ordinal)));
        Assert.All(results[1..], result => Assert.Contains("16 bits around tables", result.Methods, StringComparison.Ordinal));
        Assert.DoesNotContain(results[1].Quantized.Nodes, node => node.Outputs[0].Contains("gelu.narrow", StringComparison.Ordinal));
        Assert.Empty(Quantize(LongTail(), MinMaxAlone).Bits.ValueBits); // nobody asked
    }

    /// <summary>Two convolutions, the second with sums of a long tail, their GELU, and a small layer that reads it.</summary>
    private static ModelGraph LongTail()
    {
        ModelGraph graph = new() { Name = "tail", OpsetVersion = 20, Inputs = { new("x", ElementType.Float32, [1, 6, 20]) } };
        graph.Outputs.Add(new("y", ElementType.Float32, [1, 1, 20]));
        var random = new Random(9);
        graph.Initializers["w1"] = Weights(64, 6, _ => 1);
        graph.Initializers["w2"] = Weights(64, 64, i => i < 64 ? 60 : 1); // one channel is 60 times as loud as the others
        graph.Initializers["w3"] = Weights(1, 64, i => i == 0 ? 0.02 : 1);
        AddConvolution("x", "w1", "hidden");
        AddConvolution("hidden", "w2", "sum");
        graph.Nodes.Add(new Node("Gelu", ["sum"], ["gelu"]));
        AddConvolution("gelu", "w3", "y");
        return graph;

        void AddConvolution(string x, string weights, string y) => graph.Nodes.Add(new Node("Conv", [x, weights], [y]) { Attributes = { ["kernel_shape"] = new long[] { 1 } } });

        Tensor Weights(int channels, int depth, Func<int, double> gain) =>
            Tensor.Of([channels, depth, 1], [.. Enumerable.Range(0, channels * depth).Select(i => (float)(gain(i) * (random.NextDouble() - 0.5)))]);
    }

    /// <summary>Rows of x times 100 or 1 in turn, and a little more, layer-normalized, then a layer.</summary>
    private static ModelGraph LoudAndQuiet()
    {
        ModelGraph graph = new() { Name = "loud", OpsetVersion = 20, Inputs = { new("x", ElementType.Float32, [1, 6, 20]) } };
        graph.Outputs.Add(new("y", ElementType.Float32, [1, 20, 4]));
        var random = new Random(8);
        graph.Initializers["gain"] = Tensor.Of([1, 20, 1], [.. Enumerable.Range(0, 20).Select(t => t % 4 == 0 ? 100f : 1)]);
        graph.Initializers["offset"] = Tensor.Of([1, 20, 6], [.. Enumerable.Range(0, 120).Select(i => 0.1f * (i % 6))]);
        graph.Initializers["gamma"] = Tensor.Of([6], [1f, 1, 1, 1, 1, 1]);
        graph.Initializers["beta"] = Tensor.Of([6], [0f, 0, 0, 0, 0, 0]);
        graph.Initializers["w"] = Tensor.Of([6, 4], [.. Enumerable.Range(0, 24).Select(_ => (float)random.NextDouble() - 0.5f)]);
        graph.Nodes.Add(new Node("Transpose", ["x"], ["rows"]) { Attributes = { ["perm"] = new long[] { 0, 2, 1 } } });
        graph.Nodes.Add(new Node("Mul", ["rows", "gain"], ["x.loud"]));
        graph.Nodes.Add(new Node("Add", ["x.loud", "offset"], ["sum"]));
        graph.Nodes.Add(new Node("LayerNormalization", ["sum", "gamma", "beta"], ["normal"]) { Attributes = { ["axis"] = -1L } });
        graph.Nodes.Add(new Node("MatMul", ["normal", "w"], ["y"]));
        return graph;
    }

    [Fact]
    public void Weights_that_are_not_finite_are_named()
    {
        ModelGraph graph = HardNetwork.Build();
        float[] weights = graph.Initializers["w3"].ToFloats();
        weights[5] = float.NaN;
        graph.Initializers["w3"] = Tensor.Of(graph.Initializers["w3"].Dims, weights);

        var error = Assert.Throws<GraphFormatException>(() => Quantize(graph, MinMaxAlone));

        Assert.Contains("the first NaN at element 5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_graph_that_is_quantized_already_or_has_no_weights_is_refused()
    {
        ModelGraph quantized = Quantize(HardNetwork.Build(), MinMaxAlone).Quantized;
        Assert.Contains("quantized already", Assert.Throws<GraphFormatException>(quantized.RequireFloatNetwork).Message, StringComparison.Ordinal);

        var empty = new ModelGraph { Inputs = { new("x", ElementType.Float32, [1]) }, Outputs = { new("y", ElementType.Float32, [1]) }, Nodes = { new Node("Relu", ["x"], ["y"]) } };
        Assert.Contains("found none", Assert.Throws<GraphFormatException>(empty.RequireFloatNetwork).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_samples_are_refused()
    {
        TestGraphs.RequireOnnxRuntime();
        Assert.Throws<InvalidDataException>(() => PostTrainingQuantization.Apply(HardNetwork.Build(), [], 0, new PostTrainingOptions(), TestContext.Current.CancellationToken));
    }

    private static PostTrainingResult Quantize(ModelGraph graph, PostTrainingOptions options)
    {
        TestGraphs.RequireOnnxRuntime();
        return PostTrainingQuantization.Apply(graph, HardNetwork.Samples(40), 40, options, TestContext.Current.CancellationToken);
    }
}
