using Edge.Features;
using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Checkpoints;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Tests.Compilation;

namespace Edge.Quantization.Tests.Checkpoints;

/// <summary>Published weights of Wav2Small2.0, stood in for by a file of the same layout from a seed.</summary>
public sealed class Wav2Small2Tests : IDisposable
{
    private readonly string path = Path.Combine(Path.GetTempPath(), $"wav2small-{Guid.NewGuid():N}.safetensors");

    public void Dispose() => File.Delete(path);

    /// <summary>Sound of the level that the graph was made for, and of silence between loud parts: as the module that divides by the root mean square itself.</summary>
    [Theory]
    [InlineData(1, -26, "")]
    [InlineData(2, -40, "wav2small.")]
    public void The_graph_computes_what_the_module_does_on_sound_of_its_level(int seed, double levelDb, string prefix)
    {
        TestGraphs.RequireOnnxRuntime();
        var module = new Wav2SmallModule(seed);
        double[] sound = Sound(seed, Math.Pow(10, levelDb / 20), frames: 41);
        ModelGraph graph = Build(module.Write(prefix), new CheckpointOptions { LevelDb = levelDb });
        var options = Assert.IsType<LogMelOptions>(ModelMetadata.FrontEnd(graph));
        double floor = Math.Pow(10, options.FloorExponent);
        float[] features = [.. module.Energies(sound).SelectMany(frame => frame).Select(energy => (float)Math.Log(Math.Max(energy, floor)))];

        using OnnxSession session = OnnxSession.Open(OnnxWriter.Write(graph));
        float[] scores = session.Run(new Dictionary<string, OnnxTensor> { ["features"] = OnnxTensor.Of([1L, 41, 26], features) })["scores"].Elements<float>();

        double[] expected = module.Run(sound);
        Assert.All(scores.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 2e-4 * Math.Max(1, Math.Abs(pair.Second))));
        Assert.Equal(["arousal", "dominance", "valence"], ModelMetadata.Labels(graph)!);
    }

    [Fact]
    public void The_front_end_of_the_device_gives_the_energies_of_the_file()
    {
        var module = new Wav2SmallModule(3);
        short[] samples = [.. Sound(3, 0.05, frames: 60).Select(x => (short)Math.Round(x * 32768))];
        FrontEnd frontEnd = FrontEnd.Create(ModelMetadata.FrontEnd(Build(module.Write()))!);
        double[][] energies = module.Energies(Array.ConvertAll(samples, sample => sample / 32768.0));
        ReadOnlySpan<short> rest = samples;
        var frame = new int[frontEnd.Bins];
        int frames = 0;
        for (; frontEnd.TryRead(ref rest, frame); frames++)
        {
            for (int band = 0; band < frame.Length; band++)
            {
                Assert.Equal(Math.Log(Math.Max(energies[frames][band], 1e-13)), frame[band] / (double)(1 << frontEnd.FractionBits), energies[frames][band] > 1e-9 ? 0.02 : 2);
            }
        }

        Assert.Equal(60, frames);
    }

    [Fact]
    public void It_agrees_with_ONNX_Runtime_in_8_bits_and_streams()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = GraphSketch.Quantize(Build(new Wav2SmallModule(4).Write()), 1, 80, 26);
        Agreement agreement = Agreement.Measure(graph, Lowering.Run(graph, PlanForm.Batch, 80), 40, 1, 80, 26);
        var random = new Random(4);
        sbyte[] recording = [.. Enumerable.Range(0, 80 * 26).Select(_ => (sbyte)random.Next(-128, 128))];

        Assert.True(agreement.NearShare >= 0.99, $"{agreement.NearShare:P3} of outputs within 1");
        Assert.Equal(-1, StreamingProof.Compare(graph, recording).FirstDifference);
    }

    [Theory]
    [InlineData("vgg7.logmel_extractor.melW", 40, 0.001, "tensor 'vgg7.logmel_extractor.melW': element 40 is")]
    [InlineData("vgg7.spectrogram_extractor.conv_real.weight", 100, 0.01, "expected -0.8")]
    [InlineData("vgg7.logmel_extractor.amin", 0, 1e-6, "no other can stand before this network")]
    public void Another_front_end_is_refused(string tensor, int element, double difference, string message)
    {
        var module = new Wav2SmallModule(5);
        module.Tensors[tensor].Values[element] += difference;
        Assert.Contains(message, Assert.Throws<GraphFormatException>(() => Build(module.Write())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_whole_or_holds_more_is_refused()
    {
        var module = new Wav2SmallModule(6);
        module.Tensors["vgg7.l8.conv.weight"] = ([1], [0]);
        Assert.Contains("'vgg7.l8.conv.weight': Wav2Small2.0 does not have it", Assert.Throws<GraphFormatException>(() => Build(module.Write())).Message, StringComparison.Ordinal);
        module.Tensors.Remove("vgg7.l8.conv.weight");
        module.Tensors.Remove("vgg7.l3.norm.running_var");
        Assert.Contains("'vgg7.l3.norm.running_var': the file lacks it", Assert.Throws<GraphFormatException>(() => Build(module.Write())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(-71)]
    [InlineData(double.NaN)]
    public void A_level_that_no_speech_has_is_refused(double levelDb) => Assert.Contains(
        "expected -70 to 0", Assert.Throws<ArgumentException>(() => Build(new Wav2SmallModule(7).Write(), new CheckpointOptions { LevelDb = levelDb })).Message, StringComparison.Ordinal);

    private ModelGraph Build(byte[] file, CheckpointOptions? options = null)
    {
        File.WriteAllBytes(path, file);
        using Checkpoint checkpoint = Checkpoint.Open(path);
        CheckpointArchitecture architecture = CheckpointArchitecture.Of(checkpoint)!;
        Assert.Equal("wav2small", architecture.Name);
        return architecture.Build(checkpoint, options ?? new CheckpointOptions());
    }

    /// <summary>Noise that comes and goes, without a mean, of a root mean square.</summary>
    private static double[] Sound(int seed, double level, int frames)
    {
        var random = new Random(seed);
        double[] sound = [.. Enumerable.Range(0, 64 + 32 * (frames - 1)).Select(i => (2 * random.NextDouble() - 1) * Math.Pow(Math.Sin(i / 150.0), 2) + 0.3 * Math.Sin(i * 0.4))];
        double mean = sound.Average(), rms = Math.Sqrt(sound.Average(x => (x - mean) * (x - mean)));
        return [.. sound.Select(x => (x - mean) * level / rms)];
    }
}
