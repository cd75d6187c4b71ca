using Edge.Cli;
using Edge.Detection;
using Edge.Quantization.Analysis.Evaluation;
using Edge.Quantization.Calibration;
using Edge.Quantization.Cli;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Tests.Compilation;
using Edge.Quantization.Tests.TfLite.Reference;
using Edge.Tests;

namespace Edge.Quantization.Tests.Cli;

public sealed class ImportCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edge-import-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_wake_word_model_and_its_manifest_become_a_file_that_hears()
    {
        File.WriteAllText(At("alexa.json"), MicroWakeWordManifestTests.Alexa);

        (int code, string errors) = Run(Model("microwakeword-alexa"), "--manifest", At("alexa.json"), "--provenance", "licence=Apache-2.0", "--onnx", At("alexa.onnx"));

        Assert.Equal((ExitCode.Done, ""), (code, errors));
        using AudioModel model = AudioModel.Load(At("out.edge"));
        Assert.Equal(("out", "alexa"), (model.Name, Assert.Single(model.Labels)));
        Assert.Equal("Apache-2.0", model.Network.PlanJson.GetProperty("provenance").GetProperty("licence").GetString());
        Assert.Equal(6, OnnxReader.Read(At("alexa.onnx")).States.Count);
    }

    [Fact]
    public void Front_end_parameters_go_over_those_of_the_catalogue()
    {
        File.WriteAllLines(At("labels.txt"), Enumerable.Range(0, 12).Select(i => $"word{i}"));

        (int code, string errors) = Run(Model("mlperf-tiny-kws"), "--labels", At("labels.txt"), "--front-end", "mlperf-kws", "--set", "lowHz=40", "--name", "kws", "--rounding", "double");

        Assert.Equal((ExitCode.Done, ""), (code, errors));
        using AudioModel model = AudioModel.Load(At("out.edge"));
        Assert.Equal(40, Assert.IsType<Features.MfccOptions>(model.FrontEnd).LowHz);
        Assert.True(model.FeatureWindow!.PeakNormalized);
    }

    [Fact]
    public void The_report_says_what_becomes_of_an_LSTM_s_memory()
    {
        var sketch = new ModelSketch(1);
        File.WriteAllBytes(At("lstm.tflite"), sketch.Build(ImportedWindowTests.Classifier(sketch)));
        File.WriteAllLines(At("labels.txt"), ["a", "b", "c", "d"]);
        string[] more = ["--labels", At("labels.txt"), "--front-end", "micro-10ms", "--onnx", At("lstm.onnx")];

        Assert.Equal((ExitCode.Done, ""), Run(At("lstm.tflite"), more));
        Assert.Equal("; its LSTM begins anew in every window", ImportCommand.Memory(OnnxReader.Read(At("lstm.onnx"))));
        Assert.Equal((ExitCode.Done, ""), Run(At("lstm.tflite"), [.. more, "--keep-states"]));
        Assert.Equal("; what it remembers goes on from step to step", ImportCommand.Memory(OnnxReader.Read(At("lstm.onnx"))));
        Assert.Equal((ExitCode.Done, ""), Run(At("lstm.tflite"), [.. more, "--keep-states", "--json"]));
        Assert.Equal((ExitCode.BadInputFile, true), Outcome(Run(At("lstm.tflite"), [.. more, "--keep-states", "--stride-frames", "2"]), "keeps states and takes 7 frames a step"));
    }

    [Fact]
    public void Wrong_usage_and_wrong_files_are_told_apart()
    {
        string alexa = Model("microwakeword-alexa");
        File.WriteAllText(At("net.onnx"), "");
        File.WriteAllText(At("text.tflite"), "this is no model");
        Assert.Equal((ExitCode.WrongUsage, true), Outcome(Run(At("net.onnx")), "is no .tflite file; `edgec build` takes ONNX models"));
        Assert.Equal((ExitCode.WrongUsage, true), Outcome(Run(alexa, "--rounding", "twice"), "--rounding is 'twice'; expected single or double"));
        Assert.Equal((ExitCode.WrongUsage, true), Outcome(Run(alexa, "--front-end", "micro-30ms"), "Did you mean"));
        Assert.Equal((ExitCode.BadInputFile, true), Outcome(Run(At("none.tflite")), "no such file; expected a model"));
        Assert.Equal((ExitCode.BadInputFile, true), Outcome(Run(alexa, "--manifest", At("none.json")), "no such file; expected a manifest"));
        Assert.Equal((ExitCode.BadInputFile, true), Outcome(Run(At("text.tflite"), "--front-end", "yamnet"), "text.tflite"));
        Assert.Equal((ExitCode.BadInputFile, true), Outcome(Run(alexa), "name the front end it was trained on"));
        Assert.False(File.Exists(At("out.edge")));
    }

    [Fact]
    public void A_build_sends_an_int8_model_here()
    {
        var errors = new StringWriter();

        int code = new CommandLine("edgec", "", BuildCommand.Command).Run(
            ["build", Model("microwakeword-alexa"), "--front-end", "micro-10ms", "--labels", At("labels.txt"), "--out", At("out.edge")], TextWriter.Null, errors);

        Assert.Equal(ExitCode.WrongUsage, code);
        Assert.Contains("is an int8 model; `edgec import` takes it", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_manifest_gives_the_plain_micro_front_end_its_unit()
    {
        File.WriteAllText(At("alexa.json"), MicroWakeWordManifestTests.Alexa);

        Assert.Equal(ExitCode.Done, Run(Model("microwakeword-alexa"), "--manifest", At("alexa.json"), "--front-end", "micro").Code);
        using AudioModel model = AudioModel.Load(At("out.edge"));
        Assert.Equal(ExitCode.Done, Run(Model("microwakeword-alexa"), "--manifest", At("alexa.json")).Code);
        using AudioModel expected = AudioModel.Load(At("out.edge"));

        Assert.Equal(expected.Quantizer, model.Quantizer);
    }

    [Fact]
    public void The_plain_micro_front_end_alone_is_refused_for_a_model_of_another_unit()
    {
        File.WriteAllText(At("labels.txt"), "alexa\n");

        Assert.Equal((ExitCode.BadInputFile, true), Outcome(Run(Model("microwakeword-alexa"), "--labels", At("labels.txt"), "--front-end", "micro"), "give the front end micro-10ms or micro-20ms"));
        Assert.Equal(ExitCode.Done, Run(Model("microwakeword-alexa"), "--labels", At("labels.txt"), "--front-end", "micro-10ms").Code);
    }

    [Fact]
    public void A_model_and_its_import_score_the_same_features_alike()
    {
        TestGraphs.RequireOnnxRuntime();
        File.WriteAllText(At("alexa.json"), MicroWakeWordManifestTests.Alexa);
        Assert.Equal(ExitCode.Done, Run(Model("microwakeword-alexa"), "--manifest", At("alexa.json")).Code);
        using var compiled = EdgeEvaluatedModel.Open(At("out.edge"));
        ModelGraph graph = ModelFile.Read(Model("microwakeword-alexa"));
        using var original = OnnxEvaluatedModel.Open("alexa.tflite", graph, compiled.FrontEnd, compiled.Labels, file: OnnxWriter.Write(graph), featureUnit: compiled.FeatureUnit);
        int[] features = new FeatureExtractor(compiled.FrontEnd).Extract(Repository.Shared("oracle", "micro-frontend", "speech.wav"));

        float[] expected = original.CreateScorer()(features), found = compiled.CreateScorer()(features);

        Assert.True(expected.Max() > 0.95);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1 / 255f));
    }

    [Fact]
    public void A_folder_in_place_of_a_file_is_told()
    {
        Assert.Equal((ExitCode.BadInputFile, true), Outcome(Run(Model("microwakeword-alexa"), "--manifest", folder), "a folder, and no file, of this name; expected a manifest"));
        Assert.Equal((ExitCode.BadInputFile, true), Outcome(Run(Model("microwakeword-alexa"), "--labels", folder), "a folder, and no file, of this name; expected labels"));
    }

    private static (int Code, bool Told) Outcome((int Code, string Errors) run, string expected) => (run.Code, run.Errors.Contains(expected, StringComparison.Ordinal));

    private static string Model(string name) => Repository.Shared("models", $"{name}.tflite");

    private string At(string name) => Path.Combine(folder, name);

    private (int Code, string Errors) Run(string model, params string[] more)
    {
        var errors = new StringWriter();
        int code = new CommandLine("edgec", "", ImportCommand.Command).Run(["import", model, "--out", At("out.edge"), .. more], TextWriter.Null, errors);
        return (code, errors.ToString());
    }
}
