using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Rewriting.Quantizing;
using Edge.Tests;

namespace Edge.Quantization.Tests;

/// <summary>What the methods of quantization save on a trained network: spoken digits heard right, of every second test clip.</summary>
public class DigitQuantizationTests
{
    private static readonly PostTrainingOptions MinMaxAlone = new()
    {
        Range = RangeMethod.MinMax, WideValues = MethodUse.Off, Equalize = MethodUse.Off, LearnedRounding = MethodUse.Off, BiasCorrection = MethodUse.Off,
    };

    private static readonly Lazy<List<CalibrationSample>> Calibration = new(() => Samples(File.ReadLines(PathTo("calibration.txt")), every: 4));
    private static readonly Lazy<List<CalibrationSample>> Test = new(() => Samples(TestSet().Select(row => row.File), every: 2));

    [Fact]
    public void Outlier_channels_cost_5_points_and_the_methods_bring_them_back_within_1()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = OnnxReader.Read(PathTo("ds-cnn-outliers.onnx"));
        var perTensor = new QuantizeOptions { PerChannelWeights = false };

        double real = PerCentHeard(graph), plain = PerCentHeard(graph, MinMaxAlone with { Bits = perTensor });
        double best = PerCentHeard(graph, new PostTrainingOptions { Bits = perTensor });

        TestContext.Current.TestOutputHelper?.WriteLine($"float {real:F1} %, minimum and maximum {plain:F1} %, all methods {best:F1} %");
        Assert.True(plain <= real - 5, $"{plain} % of {real} %");
        Assert.True(best >= real - 1, $"{best} % of {real} %");
    }

    [Fact]
    public void With_weights_of_4_bits_rounding_and_correction_come_nearer_to_float_than_minimum_and_maximum_alone()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = OnnxReader.Read(PathTo("ds-cnn.onnx"));
        PostTrainingOptions plainOptions = MinMaxAlone with { Bits = new QuantizeOptions { WeightBits = 4 } };
        var error = new QuantizationError(graph, Test.Value);

        double plain = error.OutputSqnrDb(Quantize(graph, plainOptions));
        double learned = error.OutputSqnrDb(Quantize(graph, plainOptions with { LearnedRounding = MethodUse.On, BiasCorrection = MethodUse.On }));

        TestContext.Current.TestOutputHelper?.WriteLine($"minimum and maximum {plain:F1} dB, rounding and correction {learned:F1} dB");
        Assert.True(learned > plain + 1, $"{learned} dB against {plain} dB");
    }

    private static double PerCentHeard(ModelGraph graph, PostTrainingOptions options) => PerCentHeard(Quantize(graph, options));

    private static ModelGraph Quantize(ModelGraph graph, PostTrainingOptions options) =>
        PostTrainingQuantization.Apply(graph, Calibration.Value, Calibration.Value.Count, options, TestContext.Current.CancellationToken).Quantized;

    private static double PerCentHeard(ModelGraph graph)
    {
        IReadOnlyList<string> labels = ModelMetadata.Labels(graph)!;
        string[] expected = [.. TestSet().Where((_, i) => i % 2 == 0).Select(row => row.Label)];
        using OnnxSession session = OnnxSession.Open(OnnxWriter.Write(graph), new() { Optimization = OnnxOptimization.Basic });
        int hits = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            float[] scores = session.Run(Test.Value[i].Tensors)["scores"].Elements<float>();
            hits += labels[Array.IndexOf(scores, scores.Max())] == expected[i] ? 1 : 0;
        }

        return 100.0 * hits / expected.Length;
    }

    private static string PathTo(string file) => Repository.PathTo("quantization", "recipes", "digits", file);

    private static IEnumerable<(string File, string Label)> TestSet() =>
        File.ReadLines(PathTo("test-set.csv")).Skip(1).Select(row => row.Split(',')).Select(fields => (fields[0], fields[1]));

    private static List<CalibrationSample> Samples(IEnumerable<string> files, int every)
    {
        string data = Repository.Shared("data");
        ModelGraph graph = OnnxReader.Read(PathTo("ds-cnn.onnx"));
        IEnumerable<string> paths = files.Where((_, i) => i % every == 0).Select(file => Path.Combine(data, file));
        return [.. CalibrationData.Open(graph, paths, null, new CalibrationOptions()).Samples()];
    }
}
