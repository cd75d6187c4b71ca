using Edge.Detection;
using Edge.Features;
using Edge.Numerics;
using Edge.OnnxRuntime;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Tests;

namespace Edge.Quantization.Tests;

/// <summary>The shipped model against the graph it was compiled from, over the whole bundled recording.</summary>
public class WakeWordsTests
{
    private static readonly string ModelPath = Repository.PathTo("samples", "models", "wake-words.edge");
    private static readonly string GraphPath = Repository.PathTo("quantization", "recipes", "wake-words", "wake-words.qdq.onnx");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Sound_in_chunks_of_any_size_gives_the_bits_of_the_batch_graph(int seed)
    {
        using AudioModel model = AudioModel.Load(ModelPath);
        short[] recording = Recordings.ReadAll(Recordings.Bundled);
        sbyte[] features = QuantizedFeatures(model, recording);
        sbyte[] batch = StreamingProof.Run(Lowering.Run(OnnxReader.Read(GraphPath), PlanForm.Batch, features.Length / model.Network.Input.Channels), features);

        var random = new Random(seed);
        var scorer = new Scorer(model);
        var streamed = new List<sbyte>();
        for (int start = 0; start < recording.Length;)
        {
            int length = Math.Min(1 + random.Next(seed * 1_000), recording.Length - start);
            ReadOnlySpan<short> chunk = recording.AsSpan(start, length);
            start += length;
            while (scorer.TryStep(ref chunk))
            {
                streamed.AddRange(scorer.Scores);
            }
        }

        Assert.Equal(batch, streamed);
    }

    [Fact]
    public void Every_kernel_set_gives_the_same_scores()
    {
        short[] recording = Recordings.ReadAll(Recordings.Bundled);
        sbyte[] reference = Scores(KernelSet.Reference, recording);

        Assert.All(InstructionSet.Supported, kernels => Assert.Equal(reference, Scores(kernels, recording)));
    }

    [Fact]
    public void The_integer_engine_agrees_with_ONNX_Runtime_on_the_quantized_graph()
    {
        Assert.SkipUnless(OnnxRuntimeLibrary.TryLoad(out string? problem), problem ?? "");
        using AudioModel model = AudioModel.Load(ModelPath);
        sbyte[] features = QuantizedFeatures(model, Recordings.ReadAll(Recordings.Bundled));
        ModelGraph graph = OnnxReader.Read(GraphPath);
        int width = model.Network.Input.Channels;
        sbyte[] ours = StreamingProof.Run(Lowering.Run(graph, PlanForm.Batch, features.Length / width), features);
        float scale = (float)model.Network.Input.Scale;
        float[] real = Array.ConvertAll(features, q => scale * (q - model.Network.Input.ZeroPoint));
        using OnnxSession session = OnnxSession.Open(GraphPath);
        var inputs = new Dictionary<string, OnnxTensor> { ["features"] = OnnxTensor.Of([1L, features.Length / width, width], real) };
        float[] theirs = session.Run(inputs)["scores"].Elements<float>();

        int labels = model.Labels.Count;
        int near = ours.Zip(theirs).Count(pair => Math.Abs(pair.First + 128 - pair.Second * 256) <= 1.01);
        int sameTop = Enumerable.Range(0, ours.Length / labels).Count(step =>
            Top(ours.AsSpan(step * labels, labels)) == Top(Array.ConvertAll(theirs[(step * labels)..((step + 1) * labels)], v => (sbyte)(v * 256 - 128))));
        TestContext.Current.TestOutputHelper?.WriteLine($"within 1: {near} of {ours.Length}; same top: {sameTop} of {ours.Length / labels}");
        Assert.True(sameTop >= 0.995 * ours.Length / labels, $"{sameTop} of {ours.Length / labels} steps agree in their largest score");
        Assert.True(near >= 0.999 * ours.Length, $"{near} of {ours.Length} scores within 1");
    }

    [Fact]
    public void The_shipped_model_proves_itself() => Assert.All(InstructionSet.Supported, kernels =>
    {
        using AudioModel model = AudioModel.Load(ModelPath, kernels);
        Assert.True(model.Verify());
    });

    [Fact]
    public void The_file_is_small() => Assert.InRange(new FileInfo(ModelPath).Length, 1, 80_000);

    private static sbyte[] Scores(KernelSet kernels, ReadOnlySpan<short> recording)
    {
        using AudioModel model = AudioModel.Load(ModelPath, kernels);
        var scorer = new Scorer(model);
        var scores = new List<sbyte>();
        while (scorer.TryStep(ref recording))
        {
            scores.AddRange(scorer.Scores);
        }

        return [.. scores];
    }

    private static sbyte[] QuantizedFeatures(AudioModel model, ReadOnlySpan<short> recording)
    {
        FrontEnd frontEnd = FrontEnd.Create(model.FrontEnd);
        var frame = new int[frontEnd.Bins];
        var quantized = new sbyte[frontEnd.Bins];
        var all = new List<sbyte>();
        while (frontEnd.TryRead(ref recording, frame))
        {
            model.Quantizer.Quantize(frame, quantized);
            all.AddRange(quantized);
        }

        int step = model.Network.Input.Elements;
        return [.. all.Take(all.Count / step * step)];
    }

    private static int Top(ReadOnlySpan<sbyte> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            best = values[i] > values[best] ? i : best;
        }

        return best;
    }
}
