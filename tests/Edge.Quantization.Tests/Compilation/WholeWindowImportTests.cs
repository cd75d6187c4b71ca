using Edge.Audio;
using Edge.Detection;
using Edge.Features;
using Edge.Inference;
using Edge.OnnxRuntime;
using Edge.Quantization.Analysis.Comparison;
using Edge.Quantization.Analysis.Evaluation;
using Edge.Quantization.Calibration;
using Edge.Quantization.Compilation;
using Edge.Tests;

namespace Edge.Quantization.Tests.Compilation;

/// <summary>Published models whose windows the device keeps: MLPerf Tiny's keyword spotting and anomaly detection.</summary>
public sealed class WholeWindowImportTests : IDisposable
{
    private static readonly string[] Words = ["down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes", "silence", "unknown"];

    private readonly string folder = Directory.CreateTempSubdirectory("edge-windows-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Keywords_do_not_depend_on_how_loud_the_recording_is()
    {
        short[] loud = Speech();
        short[] quiet = [.. loud.Select(sample => (short)(sample / 16))];
        using AudioModel imported = AudioModel.Load(Keywords("mlperf-kws"), "kws");
        using AudioModel plain = AudioModel.Load(Keywords(null), "plain");
        Assert.Equal((true, 49, 10), (imported.FeatureWindow!.PeakNormalized, imported.WindowFrames, imported.FramesPerStep));

        double same = Agreement(Tops(imported, loud), Tops(imported, quiet));
        double without = Agreement(Tops(plain, loud), Tops(plain, quiet));

        TestContext.Current.TestOutputHelper?.WriteLine($"largest score the same at 1/16 of the loudness: {same:P1} of windows divided by their peak, {without:P1} of others");
        Assert.True(same >= 0.95, $"{same:P1} the same");
        Assert.True(without < same - 0.05, "the recording says nothing of loudness");
    }

    [Fact]
    public void A_clip_is_evaluated_from_its_first_sample_on_and_as_the_device_hears_it()
    {
        string path = Path.Combine(folder, "kws.edge");
        File.WriteAllBytes(path, Keywords("mlperf-kws"));
        short[] clip = Speech()[..20_000];
        using EdgeEvaluatedModel evaluated = EdgeEvaluatedModel.Open(path);
        float[] scores = evaluated.CreateScorer()(Array.ConvertAll(clip, sample => (int)sample));

        // A window takes 15,840 samples and the next begins 3,200 later; silence fills the third.
        using AudioModel model = AudioModel.Load(path);
        var scorer = new Scorer(model);
        var expected = new List<float>();
        var step = new float[Words.Length];
        foreach (int start in (int[])[0, 3_200, 6_400])
        {
            scorer.Reset();
            ReadOnlySpan<short> window = [.. new short[320], .. clip[start..], .. new short[16_000]];
            for (int run = 0; run < 5; run++)
            {
                Assert.True(scorer.TryStep(ref window));
            }

            scorer.CopyScores(step);
            expected.AddRange(step);
        }

        Assert.Equal(expected, scores);
    }

    [Fact]
    public void The_anomaly_model_s_error_is_that_of_TensorFlow_Lite()
    {
        byte[] file = ModelImport.Run(Model("mlperf-tiny-ad"), "ad.tflite", new ImportOptions { Name = "ad", FrontEnd = FrontEndCatalogue.Find("mlperf-ad") }).File;
        using AudioModel model = AudioModel.Load(file, "ad");
        Assert.True(model.Verify());
        Assert.Equal((5, 1, 32), (model.WindowFrames, model.FramesPerStep, model.Step.TotalMilliseconds));
        Assert.Equal(11.5, Assert.IsType<AnomalyOptions>(model.Detection).Threshold);
        byte[] inputs = File.ReadAllBytes(Repository.Shared("oracle", "tflite", "mlperf-tiny-ad.input.i8"));
        byte[] outputs = File.ReadAllBytes(Repository.Shared("oracle", "tflite", "mlperf-tiny-ad.output.i8"));
        Session session = model.Network.CreateSession();
        var detector = (AnomalyDetector)model.CreateDetector();
        for (int i = 0; i < inputs.Length; i += 640)
        {
            sbyte[] input = Array.ConvertAll(inputs[i..(i + 640)], value => (sbyte)value);
            input.CopyTo(session.Input);
            session.Step();
            detector.Push(session.Output, TimeSpan.FromSeconds(i), input);
            double expected = input.Zip(outputs[i..(i + 640)], (x, y) => Math.Pow(0.39101523 * (x - 89) - 0.36449847 * ((sbyte)y - 96), 2)).Average();
            Assert.Equal(1, detector.Error / expected, 0.01);
        }
    }

    [Fact]
    public void A_window_of_frames_end_to_end_is_compared_as_the_graph_takes_it()
    {
        string path = Path.Combine(folder, "ad.edge");
        File.WriteAllBytes(path, ModelImport.Run(Model("mlperf-tiny-ad"), "ad.tflite", new ImportOptions { Name = "ad", FrontEnd = FrontEndCatalogue.Find("mlperf-ad") }).File);
        using IntegerModelRunner runner = IntegerModelRunner.Open(path);
        OnnxTensor vector = OnnxTensor.Of([1L, 640], [.. Enumerable.Range(0, 640).Select(i => i / 10f - 40)]);
        var sample = new CalibrationSample("ramp", new Dictionary<string, OnnxTensor> { ["input_1"] = vector });
        int values = 0;

        Assert.Same(sample, Assert.Single(runner.Cut(sample)));
        runner.Run(sample, tensor => values = tensor.Name == runner.Output ? tensor.Values.Length : values);

        Assert.Equal(640, values);
    }

    [Fact]
    public void Anomalies_are_no_labels_to_evaluate()
    {
        string path = Path.Combine(folder, "ad.edge");
        File.WriteAllBytes(path, ModelImport.Run(Model("mlperf-tiny-ad"), "ad.tflite", new ImportOptions { Name = "ad", FrontEnd = FrontEndCatalogue.Find("mlperf-ad") }).File);
        Assert.Contains("tells anomalies", Assert.Throws<InvalidDataException>(() => EdgeEvaluatedModel.Open(path)).Message, StringComparison.Ordinal);
    }

    private static byte[] Keywords(string? frontEnd)
    {
        NamedFrontEnd known = FrontEndCatalogue.Find("mlperf-kws")!;
        return ModelImport.Run(Model("mlperf-tiny-kws"), "kws.tflite", new ImportOptions
        {
            Name = "kws",
            Labels = Words,
            FrontEnd = frontEnd is null ? known with { PeakNormalized = false } : known,
            StrideFrames = 10,
        }).File;
    }

    private static byte[] Model(string name) => File.ReadAllBytes(Repository.Shared("models", $"{name}.tflite"));

    private static short[] Speech()
    {
        using IAudioSource source = AudioFile.Open(Repository.PathTo("samples", "recordings", "keywords.wav"));
        var samples = new short[12 * 16_000];
        int filled = 0;
        for (int count; filled < samples.Length && (count = source.Read(samples.AsSpan(filled))) > 0;)
        {
            filled += count;
        }

        return samples[..filled];
    }

    private static List<int> Tops(AudioModel model, ReadOnlySpan<short> sound)
    {
        var scorer = new Scorer(model);
        var tops = new List<int>();
        while (scorer.TryStep(ref sound))
        {
            sbyte[] scores = scorer.Scores.ToArray();
            tops.Add(Array.IndexOf(scores, scores.Max()));
        }

        return tops;
    }

    private static double Agreement(List<int> a, List<int> b)
    {
        Assert.Equal(a.Count, b.Count);
        return (double)a.Zip(b).Count(pair => pair.First == pair.Second) / a.Count;
    }
}
