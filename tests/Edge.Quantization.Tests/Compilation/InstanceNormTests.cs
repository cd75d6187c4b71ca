using Edge.Features;
using Edge.Inference;
using Edge.OnnxRuntime;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Rewriting.Quantizing;
using ElementType = Edge.Quantization.Graph.ElementType;

namespace Edge.Quantization.Tests.Compilation;

/// <summary>Networks of samples: 16 bits at the entrance, a strided convolution, a norm over time, GELU.</summary>
public class InstanceNormTests
{
    private const int Samples = 200, Channels = 8, Frames = 39;

    [Fact]
    public void The_device_gives_what_ONNX_Runtime_gives_of_the_quantized_graph_on_loud_and_quiet_sound()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph quantized = Quantized();
        PlanDraft draft = Lowering.Run(quantized, PlanForm.Windowed, 10, 10, features: 20);
        Assert.Equal(Inference.ElementType.Int16, draft.Input!.Type);
        Assert.Contains(draft.Operators, op => op.Kind == "instance-norm" && op.Inputs[0].Type == Inference.ElementType.Int16);
        using Model model = Model.Load(EdgeFile.Write(draft, "test", []), "test");
        Session session = model.CreateSession();
        using OnnxSession reference = OnnxSession.Open(OnnxWriter.Write(quantized));
        var random = new Random(3);
        foreach (int loudness in (int[])[20, 30_000])
        {
            short[] sound = [.. Enumerable.Range(0, Samples).Select(_ => (short)random.Next(-loudness, loudness))];
            sound.CopyTo(session.InputInt16);
            session.Step();
            float[] expected = reference.Run(new Dictionary<string, OnnxTensor> { ["samples"] = OnnxTensor.Of([1, Samples], Array.ConvertAll(sound, sample => sample / 32768f)) })["y"].Elements<float>();

            Assert.Equal(Frames * Channels, expected.Length);
            Assert.True(expected.Max() - expected.Min() > 1);
            int same = 0;
            for (int i = 0; i < expected.Length; i++)
            {
                double found = model.Output.Scale * (session.Output[i] - model.Output.ZeroPoint);
                Assert.InRange(Math.Abs(found - expected[i]), 0, 1.01 * model.Output.Scale);
                same += Math.Abs(found - expected[i]) < 1e-4 ? 1 : 0;
            }

            Assert.InRange(same, 0.98 * expected.Length, expected.Length);
        }
    }

    [Fact]
    public void An_encoder_is_built_without_labels_and_gives_features_of_any_range()
    {
        TestGraphs.RequireOnnxRuntime();
        var options = new BuildOptions
        {
            Name = "encoder", Labels = [], Detection = new Detection.FeatureOptions(), FrontEnd = new PcmOptions { WindowSamples = 20, HopSamples = 20 },
            Form = PlanForm.Windowed, WindowFrames = 10, StrideFrames = 10,
        };
        byte[] file = ModelBuilder.FromQuantized(Quantized(), options).File;
        using var model = Detection.AudioModel.Load(file, "encoder");
        Assert.True(model.Verify());
        Assert.Equal(1.0, model.Quantizer.Numerator / (double)model.Quantizer.Denominator); // samples as they are
        var scorer = new Detection.Scorer(model);
        ReadOnlySpan<short> sound = new short[Samples];
        Assert.True(scorer.TryStep(ref sound));
        Assert.Equal(Frames * Channels, scorer.Scores.Length);
        Assert.True(model.CreateDetector().Push(scorer.Scores, scorer.Time).IsEmpty);
    }

    [Fact]
    public void A_stream_cannot_be_normalized_over_all_of_its_time()
    {
        GraphFormatException fault = Assert.Throws<GraphFormatException>(() => Lowering.Run(Quantized(), PlanForm.Streaming, 10, 10, features: 20));
        Assert.Contains("stream", fault.Message, StringComparison.Ordinal);
        Assert.Contains("windowed", fault.Message, StringComparison.Ordinal);
    }

    private static ModelGraph Quantized()
    {
        var random = new Random(1);
        var graph = new ModelGraph
        {
            Name = "samples", OpsetVersion = 20, IrVersion = 9,
            Inputs = { new ValueInfo("samples", ElementType.Float32, [1, Samples]) },
            Outputs = { new ValueInfo("y", ElementType.Float32, [1, Frames, Channels]) },
            Initializers =
            {
                ["axes"] = Tensor.Vector(1), ["w"] = Tensor.Of([Channels, 1, 10], Values(Channels * 10, 1)),
                ["gain"] = Tensor.Of([Channels], Values(Channels, 2)), ["offset"] = Tensor.Of([Channels], Values(Channels, 1)),
            },
            Nodes =
            {
                new Node("Unsqueeze", ["samples", "axes"], ["x"]),
                new Node("Conv", ["x", "w"], ["c"]) { Attributes = { ["kernel_shape"] = new long[] { 10 }, ["strides"] = new long[] { 5 } } },
                new Node("InstanceNormalization", ["c", "gain", "offset"], ["n"]) { Attributes = { ["epsilon"] = 1e-5f } },
                new Node("Gelu", ["n"], ["g"]),
                new Node("Transpose", ["g"], ["y"]) { Attributes = { ["perm"] = new long[] { 0, 2, 1 } } },
            },
        };
        var ranges = new Dictionary<string, (float, float)> { ["samples"] = (-1, 1), ["c"] = (-3, 3), ["n"] = (-6, 6), ["g"] = (-0.2f, 6), ["y"] = (-0.2f, 6) };
        return Quantizer.Apply(graph, ranges, new QuantizeOptions().ForSamples(graph));

        float[] Values(int count, float limit) => [.. Enumerable.Range(0, count).Select(_ => limit * (float)(2 * random.NextDouble() - 1))];
    }
}
