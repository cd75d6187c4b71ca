using System.Globalization;
using System.Text;
using Edge.Detection;
using Edge.Features;
using Edge.Numerics;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.TfLite;
using Edge.Quantization.Tests.TfLite;
using Edge.Quantization.Tests.TfLite.Reference;
using Edge.Tests;

namespace Edge.Quantization.Tests.Compilation;

public class ModelImportTests
{
    private const int SpeechSteps = 109; // whole steps of three frames before the oracle's next recording begins

    [Fact]
    public void A_wake_word_is_heard_once_from_sound_and_scored_as_TensorFlow_Lite_scores_it()
    {
        byte[] expected = File.ReadAllBytes(Repository.Shared("oracle", "tflite", "microwakeword-alexa.output.u8"));
        using AudioModel model = Import("microwakeword-alexa", new ImportOptions { Name = "alexa", Manifest = Manifest(MicroWakeWordManifestTests.Alexa) });
        var spotter = new Spotter(model);
        var scorer = new Scorer(model);
        ReadOnlySpan<short> sound = Recordings.ReadAll(Repository.Shared("oracle", "micro-frontend", "speech.wav"));
        var heard = new List<AudioEvent>();
        heard.AddRange(spotter.Push(sound));
        heard.AddRange(spotter.Finish());
        var scores = new List<int>();
        while (scores.Count < SpeechSteps && scorer.TryStep(ref sound))
        {
            scores.Add(scorer.Scores[0] + 128);
        }

        int[] distances = [.. scores.Zip(expected, (ours, theirs) => Math.Abs(ours - theirs))];
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{distances.Count(d => d == 0)} of {distances.Length} steps the same, {distances.Count(d => d <= 1)} within 1/255, farthest {distances.Max()}/255; {string.Join(", ", heard)}"));
        Assert.Equal("alexa", Assert.Single(heard).Label);
        Assert.Equal(SpeechSteps, distances.Length);
        Assert.True(distances.Count(d => d <= 1) >= 0.95 * distances.Length);
        Assert.True(distances.Max() <= 12);
    }

    [Fact]
    public void A_wake_word_model_says_where_it_comes_from_and_proves_itself()
    {
        using AudioModel model = Import("microwakeword-alexa", new ImportOptions
        {
            Name = "alexa", Manifest = Manifest(MicroWakeWordManifestTests.Alexa), Provenance = new Dictionary<string, string> { ["licence"] = "Apache-2.0" },
        });

        Assert.True(model.Verify());
        Assert.Equal(["alexa"], model.Labels);
        Assert.Equal((3, 160), (model.FramesPerStep, model.FrontEnd.HopSamples));
        System.Text.Json.JsonElement provenance = model.Network.PlanJson.GetProperty("provenance");
        Assert.Equal("microwakeword-alexa.tflite", provenance.GetProperty("source").GetString());
        Assert.Equal(("Somebody", "Apache-2.0"), (provenance.GetProperty("author").GetString(), provenance.GetProperty("licence").GetString()));
        Assert.Matches("^[0-9a-f]{64}$", provenance.GetProperty("sourceSha256").GetString());
    }

    [Fact]
    public void The_micro_front_end_gives_every_feature_the_integer_that_it_has_at_a_scale_of_26_255ths()
    {
        using AudioModel model = Import("microwakeword-alexa", new ImportOptions { Name = "alexa", Manifest = Manifest(MicroWakeWordManifestTests.Alexa) });
        int[] features = [.. Enumerable.Range(0, 1_000)];
        var quantized = new sbyte[features.Length];

        model.Quantizer.Quantize(features, quantized);

        // feature / 25.6 in steps of 26/255, to nearest; exact in integers: 25.6 · 26 / 255 is 3328/1275, and no feature below saturation is halfway.
        Assert.Equal(features.Select(feature => (sbyte)Math.Clamp((feature * 2 * 1275 + 3328) / (2 * 3328) - 128, -128, 127)), quantized);
    }

    [Fact]
    public void Many_labels_become_sound_events_over_a_window_that_runs_at_a_quarter_of_its_length()
    {
        using AudioModel model = Import("yamnet-spectra-in", new ImportOptions { Name = "yamnet", Labels = Labels(521), FrontEnd = FrontEndCatalogue.Find("yamnet") });

        Assert.IsType<SoundEventOptions>(model.Detection);
        Assert.Equal((96, 24, Rounding.Once), (model.WindowFrames, model.FramesPerStep, model.Network.Rounding));
    }

    [Fact]
    public void A_window_that_is_divided_by_its_peak_is_kept_by_the_device()
    {
        string[] labels = [.. Labels(10), "Silence", "Unknown"];

        using AudioModel model = Import("mlperf-tiny-kws", new ImportOptions { Name = "kws", Labels = labels, FrontEnd = FrontEndCatalogue.Find("mlperf-kws"), StrideFrames = 10, Rounding = Rounding.Twice });

        Assert.Equal(new FeatureWindow { StrideFrames = 10, PeakNormalized = true }, model.FeatureWindow);
        Assert.Equal([10, 11], Assert.IsType<KeywordOptions>(model.Detection).Background);
        Assert.Equal(Rounding.Twice, model.Network.Rounding);
    }

    [Fact]
    public void Frames_end_to_end_are_cut_by_the_front_ends_bins()
    {
        using AudioModel model = Import("mlperf-tiny-ad", new ImportOptions { Name = "ad", FrontEnd = FrontEndCatalogue.Find("mlperf-ad") });

        Assert.IsType<AnomalyOptions>(model.Detection);
        Assert.Equal([1, 5, 1, 128], model.Network.Input.Shape);
        Assert.Equal((5, 1), (model.WindowFrames, model.FramesPerStep));
    }

    [Fact]
    public void What_does_not_fit_the_model_is_named()
    {
        NamedFrontEnd yamnet = FrontEndCatalogue.Find("yamnet")!;

        Refused("yamnet-spectra-in", new ImportOptions { Name = "y", Labels = Labels(520), FrontEnd = yamnet }, "There are 520 labels (0, 1,", "has 521 scores");
        Refused("yamnet-spectra-in", new ImportOptions { Name = "y", Labels = Labels(521) }, "name the front end it was trained on, one of");
        Refused("yamnet-spectra-in", new ImportOptions { Name = "y", FrontEnd = yamnet }, "gives 521 scores, and nothing says what they mean");
        Refused("yamnet-spectra-in", new ImportOptions { Name = "y", Labels = Labels(521), FrontEnd = yamnet, StrideFrames = 97 }, "A stride of 97 frames leaves gaps between windows of 96");
        Refused("yamnet-spectra-in", new ImportOptions { Name = "y", Labels = Labels(521), FrontEnd = FrontEndCatalogue.Find("micro-10ms") }, "makes frames of 40 features");
        Refused("yamnet-spectra-in", new ImportOptions { Name = "y", Manifest = Manifest(MicroWakeWordManifestTests.Alexa) }, "of version 2, of models that take [1, frames, 40]");
        Refused("mlperf-tiny-ad", new ImportOptions { Name = "ad", FrontEnd = FrontEndCatalogue.Find("mlperf-ad")! with { Name = "of ours" } }, "gives back as many values as it takes, 640");
        string first = """{"type":"micro","wake_word":"Alexa","version":1,"micro":{"probability_cutoff":0.66,"sliding_window_average_size":10}}""";
        Refused("microwakeword-alexa", new ImportOptions { Name = "a", Manifest = Manifest(first) }, "of version 1, of models that take [1, 1, 40] features every 20 ms");
        Refused("microwakeword-alexa", new ImportOptions { Name = "a", Manifest = Manifest(MicroWakeWordManifestTests.Alexa), FrontEnd = FrontEndCatalogue.Find("micro-20ms") }, "feature_step_size is 10 ms, and front end micro-20ms makes a frame every 20 ms");
        Refused("microwakeword-alexa", new ImportOptions { Name = "a", Manifest = Manifest(MicroWakeWordManifestTests.Alexa), StrideFrames = 2 }, "keeps states and takes 3 frames a step");
    }

    [Theory]
    [InlineData(1e-41f, "The network's input has a scale of")]
    [InlineData(0.1f, "expected probabilities, 0 to 1")]
    public void What_is_found_late_is_said_of_the_file(float scale, string expected)
    {
        var builder = new TfLiteBuilder();
        int x = builder.Tensor("x", [1, 1, 40], TfLiteType.Int8, [scale], [-128]), y = builder.Tensor("y", [1, 1, 40], TfLiteType.Int8, [scale], [-128]);
        builder.Operator(TfLiteOperatorCode.Relu, 1, [x], [y]);
        builder.Inputs(x);
        builder.Outputs(y);

        var error = Assert.ThrowsAny<InvalidDataException>(
            () => ModelImport.Run(builder.Build(), "net.tflite", new ImportOptions { Name = "n", Labels = Labels(40), FrontEnd = FrontEndCatalogue.Find("micro-10ms") }));

        Assert.StartsWith("net.tflite: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_float_model_is_sent_to_be_quantized()
    {
        var builder = new TfLiteBuilder();
        int x = builder.Tensor("x", [1, 4, 8], TfLiteType.Float32), y = builder.Tensor("y", [1, 4, 8], TfLiteType.Float32);
        builder.Operator(TfLiteOperatorCode.Relu, 1, [x], [y]);
        builder.Inputs(x);
        builder.Outputs(y);

        var error = Assert.Throws<GraphFormatException>(() => ModelImport.Run(builder.Build(), "float.tflite", new ImportOptions { Name = "f" }));

        Assert.Contains("it computes in float; an import takes int8 models alone. `edgec quantize`", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_float_model_that_remembers_is_sent_to_TensorFlow_Lite_s_converter()
    {
        var sketch = new TfLiteSketch(TfLiteForm.Float);
        int hidden = sketch.File.Tensor("hidden", [1, 2], TfLiteType.Float32, variable: true), cell = sketch.File.Tensor("cell", [1, 2], TfLiteType.Float32, variable: true);
        int x = sketch.Input(1, 5, 3), y = sketch.Value(1, 5, 2);
        int[] gates = [.. Enumerable.Range(0, 4).Select(_ => sketch.Weights(-1, 2, 3)), .. Enumerable.Range(0, 4).Select(_ => sketch.Weights(-1, 2, 2))];
        int[] biases = [.. Enumerable.Range(0, 4).Select(_ => sketch.Bias(2))];
        sketch.File.Operator(TfLiteOperatorCode.UnidirectionalSequenceLstm, 1, [x, .. gates, -1, -1, -1, .. biases, -1, -1, hidden, cell, -1, -1, -1, -1], [y], 71, o => o.Byte(0, 4));
        byte[] file = sketch.Build(y);

        var error = Assert.Throws<GraphFormatException>(() => ModelImport.Run(file, "float.tflite", new ImportOptions { Name = "f" }));

        Assert.Contains("convert it to int8 in TensorFlow Lite (Optimize.DEFAULT and a representative data set) and import that", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_LSTM_over_a_window_begins_every_window_anew_unless_its_states_are_to_be_kept()
    {
        var options = new ImportOptions { Name = "lstm", Labels = Labels(4), FrontEnd = FrontEndCatalogue.Find("micro-10ms") };
        using AudioModel window = ImportSketch(options, ImportedWindowTests.Classifier), keeping = ImportSketch(options with { KeepStates = true }, ImportedWindowTests.Classifier);

        Assert.True(window.Verify());
        Assert.Equal((7, 1), (window.WindowFrames, window.FramesPerStep));
        Assert.Equal("value0.window", Assert.Single(window.Network.States).Tensor.Name);
        Assert.Equal((7, 7), (keeping.WindowFrames, keeping.FramesPerStep));
        Assert.Equal(2, keeping.Network.States.Length);
        Refused("mlperf-tiny-ad", new ImportOptions { Name = "ad", FrontEnd = FrontEndCatalogue.Find("mlperf-ad"), KeepStates = true }, "has no LSTM layer whose states could be kept");
    }

    [Fact]
    public void A_window_gives_what_a_session_gives_that_was_reset_before_it()
    {
        var options = new ImportOptions { Name = "lstm", Labels = Labels(4), FrontEnd = FrontEndCatalogue.Find("micro-10ms"), StrideFrames = 2 };
        using AudioModel window = ImportSketch(options, ImportedWindowTests.Classifier), whole = ImportSketch(options with { StrideFrames = 0, KeepStates = true }, ImportedWindowTests.Classifier);
        (Edge.Inference.Session sliding, Edge.Inference.Session fresh) = (window.Network.CreateSession(), whole.Network.CreateSession());
        sbyte[] frames = new sbyte[40 * 30];
        new Random(5).NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(frames.AsSpan()));
        for (int end = 2; end <= 30; end += 2)
        {
            frames.AsSpan((end - 2) * 40, 80).CopyTo(sliding.Input);
            sliding.Step();
            if (end > 7)
            {
                fresh.Reset();
                frames.AsSpan((end - 7) * 40, 280).CopyTo(fresh.Input);
                fresh.Step();
                Assert.Equal(fresh.Output.ToArray(), sliding.Output.ToArray());
            }
        }
    }

    [Fact]
    public void An_LSTM_of_one_frame_a_step_keeps_its_states()
    {
        var options = new ImportOptions { Name = "lstm", Labels = Labels(5), FrontEnd = FrontEndCatalogue.Find("micro-10ms") };
        using AudioModel model = ImportSketch(options, sketch =>
        {
            SketchValue scores = sketch.FullyConnected(sketch.Lstm(sketch.Input(1, 1, 40), 6, timeMajor: false), 5, 0, perChannel: false);
            return sketch.Apply(TfLiteOperatorCode.Softmax, scores.Shape, 1f / 256, -128, [scores.Tensor], 9, o => o.Float(0, 1));
        });

        Assert.Equal((1, 1), (model.WindowFrames, model.FramesPerStep));
        Assert.Equal(2, model.Network.States.Length);
    }

    private static AudioModel ImportSketch(ImportOptions options, Func<ModelSketch, SketchValue> build)
    {
        var sketch = new ModelSketch(2);
        return AudioModel.Load(ModelImport.Run(sketch.Build(build(sketch)), "sketch.tflite", options).File, "sketch");
    }

    private static AudioModel Import(string name, ImportOptions options)
    {
        string path = Repository.Shared("models", $"{name}.tflite");
        return AudioModel.Load(ModelImport.Run(File.ReadAllBytes(path), path, options).File, name);
    }

    private static void Refused(string name, ImportOptions options, params string[] expected)
    {
        var error = Assert.ThrowsAny<InvalidDataException>(() => Import(name, options));
        Assert.All(expected, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    private static MicroWakeWordManifest Manifest(string json) => MicroWakeWordManifest.Read(Encoding.UTF8.GetBytes(json), "manifest.json");

    private static string[] Labels(int count) => [.. Enumerable.Range(0, count).Select(i => $"{i}")];
}
