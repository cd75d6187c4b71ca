using Edge.Quantization.Calibration;
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
    public void Weights_that_are_not_finite_are_named()
    {
        ModelGraph graph = HardNetwork.Build();
        float[] weights = graph.Initializers["w3"].ToFloats();
        weights[5] = float.NaN;
        graph.Initializers["w3"] = Tensor.Of(graph.Initializers["w3"].Dims, weights);

        var error = Assert.Throws<GraphFormatException>(() => FloatWeights.Check(graph));

        Assert.Contains("element 5 of its constant 'w3' is NaN", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_graph_that_is_quantized_already_or_has_no_weights_is_refused()
    {
        ModelGraph quantized = Quantize(HardNetwork.Build(), MinMaxAlone).Quantized;
        Assert.Contains("quantized already", Assert.Throws<GraphFormatException>(() => FloatWeights.Check(quantized)).Message, StringComparison.Ordinal);

        var empty = new ModelGraph { Inputs = { new("x", ElementType.Float32, [1]) }, Outputs = { new("y", ElementType.Float32, [1]) }, Nodes = { new Node("Relu", ["x"], ["y"]) } };
        Assert.Contains("found none", Assert.Throws<GraphFormatException>(() => FloatWeights.Check(empty)).Message, StringComparison.Ordinal);
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
