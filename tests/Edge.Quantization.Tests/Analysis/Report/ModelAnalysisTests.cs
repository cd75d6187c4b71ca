using System.Text.Json;
using System.Xml.Linq;
using Edge.OnnxRuntime;
using Edge.Quantization.Analysis.Comparison;
using Edge.Quantization.Analysis.Report;
using Edge.Quantization.Calibration;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Canonical;
using Edge.Quantization.Rewriting.Quantizing;
using Edge.Quantization.Tests.Analysis.Comparison;
using Edge.Quantization.Tests.Compilation;

namespace Edge.Quantization.Tests.Analysis.Report;

public class ModelAnalysisTests
{
    [Theory]
    [InlineData(2, 3)]
    [InlineData(3, 3)]
    [InlineData(4, 3)]
    public void An_outlier_channel_is_found_and_the_advice_names_its_option(int seed, int channel)
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = SmallNetwork.Build(seed);
        AddOutlier(graph, channel, 80);

        AnalysisResult result = Analyze(graph, new QuantizeOptions());

        LayerReport worst = result.ByLoss.First();
        Assert.Equal(("dw1.relu", channel), (worst.Name, worst.LoudChannels[0]));
        Advice first = result.Advice[0];
        Assert.Equal(("dw1.relu", "--equalize on"), (first.Layer, first.Option));
        Assert.Contains($" {channel}", first.Finding, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_four_bits_and_one_scale_are_told_from_values_that_lose()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = SmallNetwork.Build(3);
        AnalysisResult result = Analyze(graph, new QuantizeOptions { LayerWeightBits = new Dictionary<string, int> { ["pw1"] = 4 } });
        Assert.Equal("pw1", result.ByLoss.First().Name);
        Assert.Equal((4, 61L), (result.ByLoss.First().Weights!.Bits, result.ByLoss.First().Weights!.Bytes)); // 11 · 11 weights
        Assert.StartsWith("--min-sqnr ", result.Advice[0].Option, StringComparison.Ordinal);

        float[] weights = graph.Initializers["pw1.weight"].ToFloats();
        for (int i = 0; i < 11; i++)
        {
            weights[i] *= 30; // one output channel beside ten small ones
        }

        graph.Initializers["pw1.weight"] = Tensor.Of(graph.Initializers["pw1.weight"].Dims, weights);
        result = Analyze(graph, new QuantizeOptions { PerChannelWeights = false });
        Assert.Contains(result.Advice, advice => advice is { Layer: "pw1", Option: "--weights per-channel" });
    }

    [Fact]
    public void A_layer_quantized_alone_gives_what_rounding_its_value_gives()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = SmallNetwork.Build(1);
        AnalysisResult result = Analyze(graph, new QuantizeOptions());

        // The result is a softmax without weights: quantized alone, it loses what rounding it loses.
        LayerReport scores = result.Layers.Single(layer => layer.Name == "scores");
        Assert.Equal(scores.RoundingSqnrDb, scores.IsolatedSqnrDb!.Value, 2);
        Assert.All(result.Layers, layer => Assert.True(layer.IsolatedSqnrDb > result.Output.SqnrDb - 1, $"{layer.Name} alone loses more than all together"));
        Assert.Equal(1, result.Layers.Sum(layer => layer.LossShare!.Value), 9);
    }

    [Fact]
    public void Layers_have_their_operators_weights_work_and_memory()
    {
        TestGraphs.RequireOnnxRuntime();
        AnalysisResult result = Analyze(SmallNetwork.Build(1), new QuantizeOptions());

        Assert.DoesNotContain(result.Layers, layer => layer.Name.EndsWith("padded", StringComparison.Ordinal)); // only moved
        LayerReport stem = result.Layers.Single(layer => layer.Name == "stem.relu");
        Assert.Equal((1, 11, 24), (stem.Shape[0], stem.Shape[1], stem.Shape[2]));
        Assert.Contains("Conv", stem.Kind, StringComparison.Ordinal);
        Assert.Equal((8, 8L * 11 * 4, true), (stem.Weights!.Bits, stem.Weights.Bytes, stem.Weights.PerChannel));
        Assert.Equal(24 * 11 * 8 * 4, stem.MultiplyAccumulates);
        Assert.Equal((11, 55), (stem.ArenaBytes, stem.StateBytes)); // one frame, and the five that the depthwise convolution reads
        Assert.Equal(0, stem.SaturatedShare, 3);
        Assert.Equal(stem.Accumulated.Count, stem.Histogram.Sum(bar => bar.Count));
    }

    [Fact]
    public void Values_outside_of_the_range_are_counted()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = SmallNetwork.Build(1);
        Cleanup.Apply(graph);
        Dictionary<string, (float Min, float Max)> ranges = ActivationCollector.MinMax(graph, Inputs(), TestContext.Current.CancellationToken).ToDictionary();
        ranges["pw1"] = (ranges["pw1"].Min / 4, ranges["pw1"].Max / 4);
        AnalysisResult result = Run(graph, Quantizer.Apply(graph, ranges));
        LayerReport layer = result.Layers.Single(layer => layer.Name == "pw1");
        Assert.InRange(layer.SaturatedShare, 0.05, 0.95);
        Assert.Contains(result.Advice, advice => advice is { Layer: "pw1", Option: "--range minmax" });
    }

    [Fact]
    public void A_compiled_model_is_analysed_as_its_graph_is()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = SmallNetwork.Build(2);
        AddOutlier(graph, 3, 80);
        ModelGraph quantized = SmallNetwork.Quantize(graph.Clone());
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, EdgeFile.Write(Lowering.Run(quantized, PlanForm.Streaming, Lowering.StepFrames(quantized)), "small", []));
            using IntegerModelRunner compiled = IntegerModelRunner.Open(path);
            AnalysisResult result = ModelAnalysis.Run(graph, compiled, ModelComparisonTests.Samples(4, 48), 4, new AnalysisOptions());
            Assert.Equal("dw1.relu", result.ByLoss.First().Name);
            Assert.Equal("--equalize on", result.Advice[0].Option);
            Assert.InRange(result.Output.SqnrDb, Run(graph, quantized).Output.SqnrDb - 1, Run(graph, quantized).Output.SqnrDb + 1);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_model_whose_channels_were_scaled_is_measured_against_itself_and_its_output_against_the_float_model()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = SmallNetwork.Build(2);
        ModelGraph scaled = graph.Clone();
        foreach (int channel in (int[])[1, 4, 7])
        {
            AddOutlier(scaled, channel, 3);
        }

        AnalysisResult plain = Run(graph, SmallNetwork.Quantize(graph.Clone()));
        AnalysisResult result = Run(graph, SmallNetwork.Quantize(scaled));

        Assert.Equal((false, true), (plain.IsRescaled, result.IsRescaled));
        Assert.All(result.Layers, layer => Assert.True(layer.Accumulated.SqnrDb > 20, $"{layer.Name}: {layer.Accumulated.SqnrDb} dB"));
        Assert.InRange(result.Output.SqnrDb, plain.Output.SqnrDb - 6, plain.Output.SqnrDb + 6);
        Assert.Equal(plain.Top.Vectors, result.Top.Vectors);
    }

    [Fact]
    public void The_page_is_well_formed_complete_and_needs_nothing_from_elsewhere()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = SmallNetwork.Build(2);
        AddOutlier(graph, 3, 80);
        AnalysisResult result = Analyze(graph, new QuantizeOptions()) with { Float = "a <b> & \"c\".onnx" };

        string page = AnalysisPage.Write(result);

        string xml = page.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal).Replace("<meta charset=\"utf-8\">", "", StringComparison.Ordinal)
            .Replace("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">", "", StringComparison.Ordinal);
        XDocument document = XDocument.Parse(xml);
        Assert.Contains("a <b> & \"c\"", document.Descendants("h1").Single().Value, StringComparison.Ordinal);
        XElement layers = document.Descendants("table").First();
        Assert.Equal(result.Layers.Count, layers.Descendants("tr").Count() - 1);
        Assert.Equal("dw1.relu", layers.Element("tbody")!.Elements("tr").First().Elements("td").First().Value);
        Assert.All(layers.Descendants("tr"), row => Assert.Equal(13, row.Elements().Count()));
        Assert.Equal(result.Layers.Count + 1, document.Descendants().Count(element => element.Name.LocalName == "svg"));
        Assert.DoesNotContain(document.Descendants(), element => element.Name.LocalName is "script" or "link" or "img" or "iframe");
        Assert.DoesNotContain(document.Descendants().Attributes(), attribute => attribute.Name.LocalName is "src" or "href" || attribute.Value.Contains("url(", StringComparison.Ordinal));
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_JSON_has_the_figures_of_the_page()
    {
        TestGraphs.RequireOnnxRuntime();
        AnalysisResult result = Analyze(SmallNetwork.Build(1), new QuantizeOptions());
        using var stream = new MemoryStream();
        AnalysisJson.Write(result, stream);
        using JsonDocument json = JsonDocument.Parse(stream.ToArray());
        JsonElement root = json.RootElement;
        Assert.Equal(result.Output.SqnrDb, root.GetProperty("output").GetProperty("sqnr_db").GetDouble());
        Assert.Equal(result.ByLoss.Select(layer => layer.Name), root.GetProperty("layers_by_loss").EnumerateArray().Select(layer => layer.GetProperty("name").GetString()));
        Assert.Equal(result.WorstClips.Select(clip => clip.Name), root.GetProperty("worst_clips").EnumerateArray().Select(clip => clip.GetProperty("clip").GetString()));
    }

    [Fact]
    public void The_clip_that_loses_most_comes_first()
    {
        TestGraphs.RequireOnnxRuntime();
        AnalysisResult result = Analyze(SmallNetwork.Build(1), new QuantizeOptions());
        Assert.Equal(4, result.WorstClips.Count);
        Assert.Equal(result.WorstClips.OrderByDescending(clip => clip.TopChanged > 0).ThenBy(clip => clip.SqnrDb), result.WorstClips);
        Assert.Equal(result.Top.Vectors - result.Top.Same, result.WorstClips.Sum(clip => clip.TopChanged));
    }

    [Fact]
    public void A_model_of_another_network_is_refused()
    {
        TestGraphs.RequireOnnxRuntime();
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => Run(TestGraphs.Convolution(), SmallNetwork.Quantize(SmallNetwork.Build(1))));
        Assert.Contains("expected the model that was quantized from it", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Makes one channel of dw1.relu louder by a factor that its only reader takes back: in float, the network computes the same.</summary>
    internal static void AddOutlier(ModelGraph graph, int channel, float factor)
    {
        Scale("dw1.weight", i => i / 5 == channel ? factor : 1);
        Scale("dw1.bias", i => i == channel ? factor : 1);
        Scale("pw1.weight", i => i % 11 == channel ? 1 / factor : 1);

        void Scale(string name, Func<int, float> factorOf)
        {
            Tensor tensor = graph.Initializers[name];
            graph.Initializers[name] = Tensor.Of(tensor.Dims, [.. tensor.ToFloats().Select((value, i) => value * factorOf(i))]);
        }
    }

    internal static AnalysisResult Analyze(ModelGraph graph, QuantizeOptions options)
    {
        ModelGraph cleaned = graph.Clone();
        Cleanup.Apply(cleaned);
        return Run(graph, Quantizer.Apply(cleaned, ActivationCollector.MinMax(cleaned, Inputs()), options));
    }

    private static AnalysisResult Run(ModelGraph graph, ModelGraph quantized) =>
        ModelAnalysis.Run(graph, quantized, ModelComparisonTests.Samples(4, 48), 4, new AnalysisOptions());

    private static IEnumerable<IReadOnlyDictionary<string, OnnxTensor>> Inputs() => ModelComparisonTests.Samples(4, 48).Select(sample => sample.Tensors);
}
