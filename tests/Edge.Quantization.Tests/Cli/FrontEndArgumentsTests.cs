using System.Text.Json;
using Edge.Cli;
using Edge.Detection;
using Edge.Features;
using Edge.Quantization.Calibration;
using Edge.Quantization.Cli;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Tests.Cli;

public sealed class FrontEndArgumentsTests : IDisposable
{
    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    public static TheoryData<FrontEndOptions> AllKinds =>
    [
        new MicroOptions { Channels = 32, Pcan = false, HopSamples = 320 },
        LogMelOptions.Librosa(22_050),
        LogMelOptions.Kaldi(16_000),
        LogMelOptions.TensorFlow(8_000) with { HighHz = 3_000 },
        new MfccOptions(LogMelOptions.Kaldi(16_000)) { Lifter = 22, Scaling = DctScaling.Orthonormal },
        new PcmOptions { HopSamples = 512 },
    ];

    [Theory]
    [MemberData(nameof(AllKinds))]
    public void The_front_end_of_an_edge_file_is_read_as_it_is_written(FrontEndOptions options)
    {
        using (FileStream stream = File.Create(file))
        using (var json = new Utf8JsonWriter(stream))
        {
            FrontEndPlan.Write(json, options, new FeatureQuantizer());
        }

        Assert.Equal(options, Read("--front-end-file", file));
    }

    [Fact]
    public void Later_settings_win_over_a_file_and_milliseconds()
    {
        File.WriteAllText(file, """{"kind": "micro", "channels": 32, "hopSamples": 480, "lowHz": 60}""");

        Assert.Equal(
            new MicroOptions { Channels = 20, HopSamples = 160, LowHz = 60, WindowSamples = 400 },
            Read("--front-end-file", file, "--hop-ms", "20", "--window-ms=25", "--set", "channels=20", "--set=hopSamples=160"));
    }

    [Fact]
    public void A_models_metadata_serves_where_no_front_end_is_named_and_single_settings_go_over_it()
    {
        var graph = new ModelGraph();
        ModelMetadata.SetFrontEnd(graph, new MicroOptions { Channels = 32, HopSamples = 320 });

        Assert.Equal(new MicroOptions { Channels = 32, HopSamples = 160 }, FrontEndArguments.Read(Parse("--hop-ms", "10"), graph));
        Assert.Equal(new MicroOptions(), FrontEndArguments.Read(Parse("--front-end", "micro"), graph));
        Assert.Equal(new PcmOptions(), FrontEndArguments.ReadOrNull(Parse("--front-end", "pcm"), graph));
        Assert.Null(FrontEndArguments.ReadOrNull(Parse(), new ModelGraph()));
    }

    [Fact]
    public void A_convention_is_taken_at_the_rate_that_is_asked_for() =>
        Assert.Equal(LogMelOptions.Librosa(8_000), Read("--front-end", "log-mel", "--convention", "librosa", "--rate", "8000"));

    [Theory]
    [InlineData("micro-10ms", "in a unit of their own")]
    [InlineData("micro-speech", "on a grid of its own")]
    [InlineData("mlperf-ad", "in a unit of their own")]
    [InlineData("mlperf-kws", "of windows divided by their peak")]
    public void A_network_that_is_not_imported_cannot_take_features_as_only_an_import_makes_them(string name, string expected)
    {
        string message = Assert.Throws<UsageException>(() => FrontEndArguments.Read(Parse("--front-end", name), new ModelGraph())).Message;
        Assert.Contains($"Networks of front end {name} take its features {expected}", message, StringComparison.Ordinal);
        Assert.Equal(FrontEndCatalogue.Find("yamnet")!.Options, FrontEndArguments.Read(Parse("--front-end", "yamnet"), new ModelGraph()));
    }

    [Fact]
    public void A_model_that_only_computes_takes_features_in_a_unit_of_their_own()
    {
        Assert.Equal(5f / 128, FrontEndArguments.ReadWithUnit(Parse("--front-end", "micro-10ms"), new ModelGraph()).Unit);
        Assert.Null(FrontEndArguments.ReadWithUnit(Parse("--front-end", "yamnet"), new ModelGraph()).Unit);
        Assert.Throws<UsageException>(() => FrontEndArguments.ReadWithUnit(Parse("--front-end", "mlperf-kws"), new ModelGraph()));
        Assert.Throws<UsageException>(() => FrontEndArguments.ReadWithUnit(Parse("--front-end", "micro-speech"), new ModelGraph()));
    }

    [Theory]
    [InlineData(26f / 255, false)]
    [InlineData(10.5f / 255, true)]
    public void A_model_with_the_input_scale_of_microWakeWord_does_not_take_plain_micro_features(float scale, bool taken)
    {
        var graph = new ModelGraph { Name = "alexa.onnx" };
        graph.Inputs.Add(new ValueInfo("x", ElementType.Float32, [1, 3, 40]));
        graph.Initializers["scale"] = Tensor.Scalar(scale);
        graph.Initializers["zero"] = Tensor.Of([], new sbyte[] { -128 });
        graph.Nodes.Add(new Node("QuantizeLinear", ["x", "scale", "zero"], ["x.int8"], "x.int8"));

        UsageException? refused = Record.Exception(() => FrontEndArguments.Read(Parse("--front-end", "micro"), graph)) as UsageException;

        Assert.Equal(taken ? null : "The input of alexa.onnx has the scale of microWakeWord's models, which take the features of micro-10ms or micro-20ms in a unit of their own; found --front-end micro, which says none.", refused?.Message);
    }

    [Fact]
    public void A_public_models_front_end_is_taken_by_its_name_and_single_settings_go_over_it()
    {
        Assert.Equal(FrontEndCatalogue.Find("yamnet")!.Options, Read("--front-end", "yamnet"));
        Assert.Equal(new MicroOptions { HopSamples = 320, Channels = 32 }, Read("--front-end", "micro-20ms", "--set", "channels=32"));
    }

    [Theory]
    [InlineData("--front-end NAME is required; expected micro, log-mel, mfcc, pcm, micro-10ms,")]
    [InlineData("The front end is 'mel'; expected micro, log-mel, mfcc, pcm, micro-10ms, micro-20ms, micro-speech, mlperf-ad, mlperf-kws, yamnet.", "--front-end", "mel")]
    [InlineData("micro has no parameter 'chanels'. Did you mean channels?", "--front-end=micro", "--set", "chanels=3")]
    [InlineData("micro has no parameter 'fftSize'.", "--front-end=micro", "--set", "fftSize=512")]
    [InlineData("--set is 'channels'; expected NAME=VALUE.", "--front-end=micro", "--set", "channels")]
    [InlineData("channels is '3.5'; expected a whole number.", "--front-end=micro", "--set", "channels=3.5")]
    [InlineData("pcan is 'yes'; expected true or false.", "--front-end=micro", "--set", "pcan=yes")]
    [InlineData("window is 'blackman'; expected one of hann-periodic,", "--front-end=log-mel", "--set", "window=blackman")]
    [InlineData("window is '2'; expected one of hann-periodic,", "--front-end=log-mel", "--set", "window=2")]
    [InlineData("The micro front end cannot be made: Channels is 0; expected 1 to 128.", "--front-end=micro", "--set", "channels=0")]
    [InlineData("--convention librosa is for log-mel and mfcc", "--front-end=micro", "--convention", "librosa")]
    [InlineData("The front end is 'yamnt'; expected micro, log-mel, mfcc, pcm, micro-10ms, micro-20ms, micro-speech, mlperf-ad, mlperf-kws, yamnet. Did you mean yamnet?", "--front-end", "yamnt")]
    [InlineData("--convention kaldi is for log-mel and mfcc; the front end is yamnet.", "--front-end=yamnet", "--convention", "kaldi")]
    [InlineData("--rate is 8000; front end mlperf-kws hears 16000 Hz.", "--front-end=mlperf-kws", "--rate", "8000")]
    [InlineData("--convention is 'htk'; expected librosa, kaldi or tensorflow.", "--front-end=mfcc", "--convention", "htk")]
    [InlineData("--hop-ms is 0.03; that is 0.48 samples at 16000 Hz", "--front-end=micro", "--hop-ms=0.03")]
    public void What_is_wrong_is_named(string expected, params string[] args) =>
        Assert.StartsWith(expected, Assert.Throws<UsageException>(() => Read(args)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("", "is not JSON")]
    [InlineData("{", "is not JSON")]
    [InlineData("[1]", "not an object")]
    public void A_file_without_parameters_is_bad_input(string content, string expected)
    {
        File.WriteAllText(file, content);

        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => Read("--front-end-file", file)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"kind": 3}""")]
    [InlineData("""{"kind": "micro", "sampleRateHz": "fast"}""")]
    [InlineData("""{"kind": "micro", "channels": [3]}""")]
    [InlineData("""{"kind": "micro", "channels": null}""")]
    [InlineData("""{"kind": "log-mel", "window": null}""")]
    [InlineData("""{"kind": "micro", "sampleRateHz": -1}""")]
    public void A_file_of_wrong_values_is_wrong_usage(string content)
    {
        File.WriteAllText(file, content);

        Assert.Throws<UsageException>(() => Read("--front-end-file", file));
    }

    private static FrontEndOptions Read(params string[] args) =>
        FrontEndArguments.Read(Parse(args));

    private static Arguments Parse(params string[] args) =>
        Arguments.Parse(new CommandSyntax("edgec try", "", "Tries.", "", FrontEndArguments.Options), args);
}
