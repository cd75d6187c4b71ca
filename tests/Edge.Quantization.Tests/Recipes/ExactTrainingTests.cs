using Edge.Inference;
using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Rewriting.Quantizing;
using Edge.Tests;

namespace Edge.Quantization.Tests.Recipes;

/// <summary>Quantization-aware training of quantization/recipes/training: its forward pass is the engine's, and what it writes builds to what it trained.</summary>
public sealed class ExactTrainingTests : IDisposable
{
    private const int Clips = 12;

    private readonly string folder = Directory.CreateTempSubdirectory("edge-training-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("ds-cnn", 4, MethodUse.Off)]
    [InlineData("res-swish", 8, MethodUse.Off)]
    [InlineData("tiny-transformer", 8, MethodUse.On)]
    public void A_window_trains_in_the_integers_of_the_engine(string network, int weightBits, MethodUse wide)
    {
        TestGraphs.RequireOnnxRuntime();
        PythonScript.Require();
        ModelGraph graph = OnnxReader.Read(Repository.PathTo("quantization", "recipes", "digits", $"{network}.onnx"));
        const int frames = 50, bins = 32;
        var random = new Random(1);
        CalibrationSample[] samples = [.. Enumerable.Range(0, 4).Select(i => new CalibrationSample(
            $"{i}", new Dictionary<string, OnnxTensor> { ["features"] = OnnxTensor.Of([1L, frames, bins], Uniform(random, frames * bins, 12)) }))];
        var options = new PostTrainingOptions
        {
            Range = RangeMethod.MinMax, WideValues = wide, Equalize = MethodUse.Off, LearnedRounding = MethodUse.Off, BiasCorrection = MethodUse.Off,
            Bits = new QuantizeOptions { WeightBits = weightBits },
        };
        ModelGraph quantized = PostTrainingQuantization.Apply(graph, samples, samples.Length, options, TestContext.Current.CancellationToken).Quantized;

        CheckTraining(quantized, built => Lowering.Run(built, PlanForm.Batch, frames), frames, bins);
    }

    [Fact]
    public void A_stream_trains_over_whole_clips_in_the_integers_of_its_steps()
    {
        PythonScript.Require();
        ModelGraph quantized = OnnxReader.Read(Repository.PathTo("quantization", "recipes", "wake-words", "wake-words.qdq.onnx"));

        CheckTraining(quantized, built => Lowering.Run(built, PlanForm.Streaming, Lowering.StepFrames(built)), 40, 40);
    }

    /// <summary>Hears random clips with the engine, has the script compare its own scores and train, and hears them with what was trained.</summary>
    private void CheckTraining(ModelGraph quantized, Func<ModelGraph, PlanDraft> lower, int frames, int bins)
    {
        sbyte[] features = [.. Noise(new Random(2), Clips * frames * bins)];
        OnnxWriter.Write(quantized, PathTo("net.onnx"));
        PlanDraft draft = lower(quantized);
        sbyte[] before = Hear(draft, features);
        int outputs = draft.Output!.Shape[^1];
        WriteClips("features.npy", features, frames, bins);
        WriteClips("scores.npy", before, before.Length / Clips / outputs, outputs);

        PythonScript.RunTest("exact_training.py", folder);

        sbyte[] trained = Hear(lower(OnnxReader.Read(PathTo("trained.onnx"))), features);
        Assert.Equal(NpyReader.ReadAll<sbyte>(PathTo("trained.npy"), out _), trained);
        Assert.NotEqual(before, trained);
    }

    /// <summary>Scores of clips that lie end to end, each from a new session's first step on.</summary>
    private sbyte[] Hear(PlanDraft draft, ReadOnlySpan<sbyte> features)
    {
        File.WriteAllBytes(PathTo("net.edge"), EdgeFile.Write(draft, "net", []));
        var scores = new List<sbyte>();
        for (int clip = 0; clip < Clips; clip++)
        {
            int elements = features.Length / Clips;
            scores.AddRange(StreamingProof.Run(draft, features.Slice(clip * elements, elements)));
        }

        return [.. scores];
    }

    private void WriteClips(string file, ReadOnlySpan<sbyte> values, int rows, int columns)
    {
        using NpyWriter writer = NpyWriter.Create<sbyte>(PathTo(file), rows, columns);
        writer.Write(values);
        writer.Complete();
    }

    private string PathTo(string file) => Path.Combine(folder, file);

    private static IEnumerable<sbyte> Noise(Random random, int count) => Enumerable.Range(0, count).Select(_ => (sbyte)random.Next(-128, 128));

    private static float[] Uniform(Random random, int count, float limit) => [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble() * limit)];
}
