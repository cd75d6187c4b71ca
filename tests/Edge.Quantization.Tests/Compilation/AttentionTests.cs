using Edge.Numerics;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Rewriting.Quantizing;
using Edge.Tests;

namespace Edge.Quantization.Tests.Compilation;

/// <summary>Transformer encoders from a float graph to the integer engine, which must agree with ONNX Runtime on the quantized graph.</summary>
public class AttentionTests
{
    private const int Frames = 12;
    private const int Features = 40;
    private const int Inputs = 1_000;
    private static readonly long[] Shape = [1, Frames, Features];

    [Theory]
    [InlineData(2, true, false)]
    [InlineData(4, true, true)]
    [InlineData(2, false, true)]
    [InlineData(1, false, false)]
    public void A_transformer_encoder_agrees_with_ONNX_Runtime(int heads, bool normalizeFirst, bool framesFirst)
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = Encoder(heads, normalizeFirst, framesFirst);
        Agreement agreement = Agreement.Measure(graph, Lowering.Run(graph, PlanForm.Batch, Frames), Inputs, Shape);

        Assert.True(agreement.NearShare >= 0.999, $"{agreement.NearShare:P3} of outputs within 1");
        Assert.True(agreement.TopShare >= 0.995, $"{agreement.TopShare:P2} agree in the largest");
    }

    [Fact]
    public void A_projection_of_query_key_and_value_in_one_agrees_with_ONNX_Runtime()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = Joint();
        Agreement agreement = Agreement.Measure(graph, Lowering.Run(graph, PlanForm.Batch, Frames), Inputs, Shape);

        Assert.True(agreement.NearShare >= 0.999, $"{agreement.NearShare:P3} of outputs within 1");
        Assert.True(agreement.TopShare >= 0.995, $"{agreement.TopShare:P2} agree in the largest");
    }

    [Theory]
    [InlineData("tiny-transformer")]
    [InlineData("res-swish")]
    public void A_network_as_PyTorch_trained_and_exported_it_agrees_with_ONNX_Runtime(string network)
    {
        TestGraphs.RequireOnnxRuntime();
        long[] shape = [1, 50, 32];
        ModelGraph exported = OnnxReader.Read(Repository.PathTo("quantization", "recipes", "digits", $"{network}.onnx"));
        ModelGraph graph = GraphSketch.Quantize(exported, shape);
        Agreement agreement = Agreement.Measure(graph, Lowering.Run(graph, PlanForm.Batch, 50), 200, shape);

        Assert.True(agreement.NearShare >= 0.999, $"{agreement.NearShare:P3} of outputs within 1");
        Assert.True(agreement.TopShare >= 0.995, $"{agreement.TopShare:P2} agree in the largest");
    }

    [Fact]
    public void With_16_bits_before_normalizations_it_agrees_as_well_and_every_kernel_set_gives_the_same_bits()
    {
        TestGraphs.RequireOnnxRuntime();
        long[] shape = [1, 50, 32];
        ModelGraph exported = OnnxReader.Read(Repository.PathTo("quantization", "recipes", "digits", "tiny-transformer.onnx"));
        ModelGraph graph = GraphSketch.Quantize(exported, shape, cleaned => new QuantizeOptions().Widen(NormalizedValues.Find(cleaned).Where(WideActivations.Values(cleaned).Contains)));
        PlanDraft draft = Lowering.Run(graph, PlanForm.Batch, 50);
        Agreement agreement = Agreement.Measure(graph, draft, 200, shape);

        Assert.Equal(7, draft.Operators.Count(op => op.Kind == "layer-norm" && op.Inputs[0].Type == Inference.ElementType.Int16));
        Assert.Equal(4, draft.Operators.Count(op => op.Kind == "softmax" && op.Inputs[0].Type == Inference.ElementType.Int16));
        Assert.True(agreement.NearShare >= 0.999, $"{agreement.NearShare:P3} of outputs within 1");
        Assert.True(agreement.TopShare >= 0.995, $"{agreement.TopShare:P2} agree in the largest");
        var random = new Random(4);
        sbyte[] recording = [.. Enumerable.Range(0, 50 * 32).Select(_ => (sbyte)random.Next(-128, 128))];
        Assert.Single(InstructionSet.Supported.Select(kernels => Convert.ToHexString((byte[])(Array)StreamingProof.Run(draft, recording, kernels))).Distinct());
    }

    [Fact]
    public void A_window_over_the_newest_frames_gives_what_the_batch_form_gives_on_them()
    {
        TestGraphs.RequireOnnxRuntime();
        ModelGraph graph = Encoder(2, true, false);
        var random = new Random(3);
        sbyte[] recording = [.. Enumerable.Range(0, 3 * Frames * Features).Select(_ => (sbyte)random.Next(-128, 128))];
        sbyte[] windowed = StreamingProof.Run(Lowering.Run(graph, PlanForm.Windowed, Frames, Frames / 2), recording);
        for (int step = 1; step < 6; step++)
        {
            int start = (step - 1) * Frames / 2 * Features;
            sbyte[] batch = StreamingProof.Run(Lowering.Run(graph, PlanForm.Batch, Frames), recording.AsSpan(start, Frames * Features));
            Assert.Equal(batch, windowed.AsSpan(step * batch.Length, batch.Length).ToArray());
        }
    }

    [Fact]
    public void Heads_need_no_transposition_in_memory()
    {
        TestGraphs.RequireOnnxRuntime();
        PlanDraft draft = Lowering.Run(Encoder(4, true, true), PlanForm.Batch, Frames);

        Assert.DoesNotContain(draft.Operators, op => op.Kind == "transpose");
        Assert.Equal(4, draft.Operators.Count(op => op.Kind == "batch-matmul"));
    }

    [Fact]
    public void Attention_is_refused_as_a_stream_with_the_reason()
    {
        TestGraphs.RequireOnnxRuntime();
        var sketch = new GraphSketch(1, 1, "time", Features);
        string q = sketch.Linear("x", Features, 8), k = sketch.Linear("x", Features, 8);
        string scores = sketch.Softmax(sketch.Add("MatMul", [q, sketch.Transpose(k, 0, 2, 1)]));
        ModelGraph graph = sketch.Quantize(sketch.Add("MatMul", [scores, q]), Shape);

        var error = Assert.Throws<GraphFormatException>(() => Lowering.Run(graph, PlanForm.Streaming, 1));

        Assert.Contains("hold all frames (attention) and cannot stream; build it windowed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_window_of_another_length_than_the_exported_one_is_named()
    {
        TestGraphs.RequireOnnxRuntime();

        var error = Assert.Throws<GraphFormatException>(() => Lowering.Run(Encoder(2, true, false), PlanForm.Batch, Frames + 1));

        Assert.Contains("as many frames as it has", error.Message, StringComparison.Ordinal); // the positions
    }

    /// <summary>Embedding and positions, two blocks of attention and feed-forward, mean over time, ten classes.</summary>
    private static ModelGraph Encoder(int heads, bool normalizeFirst, bool framesFirst)
    {
        const int channels = 24;
        var sketch = new GraphSketch(heads, 1, Frames, Features);
        string value = sketch.Add("Add", [sketch.Linear("x", Features, channels, gain: 0.5f), sketch.Uniform(0.5f, 1, Frames, channels)]);
        for (int block = 0; block < 2; block++)
        {
            string normal = normalizeFirst ? sketch.LayerNorm(value, channels) : value;
            string attended = framesFirst ? FramesFirst(sketch, normal, channels, heads) : BatchFirst(sketch, normal, channels, heads);
            value = sketch.Add("Add", [value, attended]);
            value = normalizeFirst ? value : sketch.LayerNorm(value, channels);
            normal = normalizeFirst ? sketch.LayerNorm(value, channels) : value;
            string hidden = sketch.Add("Gelu", [sketch.Linear(normal, channels, 2 * channels)], ("approximate", block == 0 ? "none" : "tanh"));
            value = sketch.Add("Add", [value, sketch.Linear(hidden, 2 * channels, channels)]);
            value = normalizeFirst ? value : sketch.LayerNorm(value, channels);
        }

        string mean = sketch.Add("ReduceMean", [value, sketch.Constant(Tensor.Vector(1))], ("keepdims", 0L));
        return sketch.Quantize(sketch.Linear(mean, channels, 10), Shape);
    }

    /// <summary>[1, t, c] to [1, heads, t, d] and back.</summary>
    private static string BatchFirst(GraphSketch sketch, string x, int channels, int heads)
    {
        int depth = channels / heads;
        string q = Heads(2 / MathF.Sqrt(depth)), k = Heads(2), v = Heads(1);
        string scores = sketch.Softmax(sketch.Add("MatMul", [q, sketch.Transpose(k, 0, 1, 3, 2)]));
        string values = sketch.Transpose(sketch.Add("MatMul", [scores, v]), 0, 2, 1, 3);
        return sketch.Linear(sketch.Reshape(values, 0, -1, channels), channels, channels);

        string Heads(float gain) => sketch.Transpose(sketch.Reshape(sketch.Linear(x, channels, channels, gain), 1, -1, heads, depth), 0, 2, 1, 3);
    }

    /// <summary>As nn.MultiheadAttention is exported: [t, 1, c], then [heads, t, d], and the output projection on rows.</summary>
    private static string FramesFirst(GraphSketch sketch, string x, int channels, int heads)
    {
        int depth = channels / heads;
        string rows = sketch.Transpose(x, 1, 0, 2);
        string q = sketch.Transpose(Heads(2 / MathF.Sqrt(depth)), 1, 0, 2), k = sketch.Transpose(Heads(2), 1, 2, 0), v = sketch.Transpose(Heads(1), 1, 0, 2);
        string scores = sketch.Softmax(sketch.Add("MatMul", [q, k]));
        string values = sketch.Reshape(sketch.Transpose(sketch.Add("MatMul", [scores, v]), 1, 0, 2), Frames, channels);
        string projected = sketch.Add("Gemm", [values, sketch.Uniform(1 / MathF.Sqrt(channels), channels, channels), sketch.Uniform(0.2f, channels)], ("transB", 1L));
        return sketch.Transpose(sketch.Reshape(projected, Frames, 1, channels), 1, 0, 2);

        string Heads(float gain) => sketch.Reshape(sketch.Linear(rows, channels, channels, gain), Frames, heads, depth);
    }

    /// <summary>As vision transformers write it: one projection, [1, t, 3, heads, d], and a Gather for each of the three.</summary>
    private static ModelGraph Joint()
    {
        const int channels = 24, heads = 4;
        var sketch = new GraphSketch(9, 1, Frames, Features);
        string x = sketch.LayerNorm(sketch.Linear("x", Features, channels), channels);
        string joint = sketch.Transpose(sketch.Reshape(sketch.Linear(x, channels, 3 * channels), 1, Frames, 3, heads, channels / heads), 2, 0, 3, 1, 4);
        string[] parts = [.. Enumerable.Range(0, 3).Select(i => sketch.Add("Gather", [joint, sketch.Constant(Tensor.Of([], [(long)i]))], ("axis", 0L)))];
        string scaled = sketch.Add("Mul", [parts[0], sketch.Constant(Tensor.Scalar(1 / MathF.Sqrt(channels / heads)))]);
        string scores = sketch.Softmax(sketch.Add("MatMul", [scaled, sketch.Transpose(parts[1], 0, 1, 3, 2)]));
        string values = sketch.Reshape(sketch.Transpose(sketch.Add("MatMul", [scores, parts[2]]), 0, 2, 1, 3), 1, Frames, channels);
        string sum = sketch.Add("Add", [x, sketch.Linear(values, channels, channels)]);
        string first = sketch.Add("Gather", [sum, sketch.Constant(Tensor.Of([], [0L]))], ("axis", 1L));
        return sketch.Quantize(sketch.Softmax(sketch.Linear(first, channels, 3, gain: 2)), Shape);
    }
}
