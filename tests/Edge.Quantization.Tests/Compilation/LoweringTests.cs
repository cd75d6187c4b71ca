using Edge.Numerics;
using Edge.OnnxRuntime;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Quantization.Tests.Compilation;

public class LoweringTests
{
    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(4, 8)]
    public void Streaming_steps_give_the_bits_of_the_batch_graph(int seed, int stepFrames)
    {
        RequireOnnxRuntime();
        const int frames = 400;
        ModelGraph graph = SmallNetwork.Quantize(SmallNetwork.Build(seed));
        sbyte[] recording = Quantized(graph, SmallNetwork.Recording(seed + 50, frames));

        sbyte[] batch = Run(graph, PlanForm.Batch, frames, recording);
        sbyte[] streamed = Run(graph, PlanForm.Streaming, stepFrames, recording);

        Assert.Equal(batch, streamed);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(4)]
    public void The_integer_engine_agrees_with_ONNX_Runtime_on_the_quantized_graph(int weightBits)
    {
        RequireOnnxRuntime();
        const int frames = 300;
        (int near, int all, int sameTop) = (0, 0, 0);
        for (int seed = 1; seed <= 4; seed++)
        {
            ModelGraph graph = SmallNetwork.Quantize(SmallNetwork.Build(seed), new QuantizeOptions { WeightBits = weightBits });
            OnnxTensor recording = SmallNetwork.Recording(seed + 70, frames);
            sbyte[] ours = Run(graph, PlanForm.Batch, frames, Quantized(graph, recording));
            using OnnxSession session = OnnxSession.Open(OnnxWriter.Write(graph));
            float[] theirs = session.Run(new Dictionary<string, OnnxTensor> { ["features"] = recording })["scores"].Elements<float>();

            Assert.Equal(theirs.Length, ours.Length);
            for (int i = 0; i < ours.Length; i++)
            {
                near += Math.Abs(ours[i] + 128 - theirs[i] * 256) <= 1.01 ? 1 : 0;
            }

            for (int i = 0; i < ours.Length; i += SmallNetwork.Classes)
            {
                sameTop += Top(ours.AsSpan(i, SmallNetwork.Classes)) == Top(theirs.AsSpan(i, SmallNetwork.Classes)) ? 1 : 0;
            }

            all += ours.Length;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"within 1: {near} of {all}; same top: {sameTop} of {all / SmallNetwork.Classes}");
        Assert.True(near >= 0.999 * all, $"{near} of {all} outputs within 1");
        Assert.True(sameTop >= 0.995 * all / SmallNetwork.Classes, $"{sameTop} of {all / SmallNetwork.Classes} agree in their largest score");
    }

    [Fact]
    public void Weights_of_four_bits_take_half_the_bytes()
    {
        RequireOnnxRuntime();
        PlanDraft draft = Lowering.Run(SmallNetwork.Quantize(SmallNetwork.Build(1), new QuantizeOptions { WeightBits = 4 }), PlanForm.Streaming, 2);

        DraftTensor[] weights = [.. draft.Tensors.Where(t => t.Type == Inference.ElementType.Int4)];
        Assert.Equal(5, weights.Length); // three convolutions, two of them depthwise, a pointwise one, the head
        Assert.All(weights, w => Assert.Equal((w.Shape.Aggregate((a, b) => a * b) + 1) / 2, w.Data.Length));
    }

    [Theory]
    [InlineData("UInt8", "its weights are UInt8; expected Int8 or Int4, symmetric")]
    [InlineData("zero point", "its weights have a zero point other than 0")]
    [InlineData("axis", "along axis 1; expected one scale, or one for each of 11 output channels, axis 0")]
    public void Weights_that_the_device_cannot_hold_are_named(string fault, string message)
    {
        RequireOnnxRuntime();
        ModelGraph graph = SmallNetwork.Quantize(SmallNetwork.Build(1));
        Node dequantize = graph.ProducerOf(graph.Nodes.First(n => n.OpType == "Conv").Inputs[1])!;
        Tensor weights = graph.Initializers[dequantize.Inputs[0]];
        switch (fault)
        {
            case "UInt8":
                graph.Initializers[dequantize.Inputs[0]] = new Tensor(Graph.ElementType.UInt8, weights.Dims, weights.Data);
                break;
            case "zero point":
                graph.Initializers[dequantize.Inputs[2]] = Tensor.Of([11], [.. Enumerable.Repeat((sbyte)1, 11)]);
                break;
            default:
                dequantize.Attributes["axis"] = 1L;
                break;
        }

        Assert.Contains(message, Assert.Throws<GraphFormatException>(() => Lowering.Run(graph, PlanForm.Streaming, 2)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(3, 3)]
    public void What_gives_fewer_or_more_frames_than_it_takes_cannot_stream_and_is_named(int before, int after)
    {
        RequireOnnxRuntime();
        ModelGraph graph = SmallNetwork.Build(1);
        graph.Initializers["stem.relu.pads"] = Tensor.Vector(0, 0, before, 0, 0, after);
        graph.Nodes.RemoveAll(node => node.Outputs[0] is "sum" or "both");
        graph.ReplaceUses("sum", "pw1");
        graph.ReplaceUses("both", "pooled");
        graph.Initializers["head.weight"] = Tensor.Of([11, 3], new float[33]);

        var error = Assert.Throws<GraphFormatException>(() => Lowering.Run(SmallNetwork.Quantize(graph), PlanForm.Streaming, 2));

        Assert.Contains($"padded with {before} frames before the first and {after} after the last; a window of 5 by 1 streams with 4 in all", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_operator_that_cannot_be_lowered_is_named_at_once()
    {
        RequireOnnxRuntime();
        ModelGraph graph = SmallNetwork.Build(1);
        graph.Nodes.Single(n => n.Outputs[0] == "residual").OpType = "Hardmax";
        graph.Nodes.Single(n => n.Outputs[0] == "scores").OpType = "LogSoftmax";

        var error = Assert.Throws<GraphFormatException>(() => Lowering.Run(SmallNetwork.Quantize(graph), PlanForm.Streaming, 2));

        Assert.Contains("2 node(s) cannot be lowered", error.Message, StringComparison.Ordinal);
        Assert.Contains("operator Hardmax of opset 20 cannot be lowered", error.Message, StringComparison.Ordinal);
        Assert.Contains("operator LogSoftmax of opset 20 cannot be lowered", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_kernel_set_gives_the_same_bits_on_a_whole_network()
    {
        RequireOnnxRuntime();
        ModelGraph graph = SmallNetwork.Quantize(SmallNetwork.Build(5));
        sbyte[] recording = Quantized(graph, SmallNetwork.Recording(55, 200));
        sbyte[] reference = Run(graph, PlanForm.Streaming, 2, recording, KernelSet.Reference);

        Assert.All(InstructionSet.Supported, kernels => Assert.Equal(reference, Run(graph, PlanForm.Streaming, 2, recording, kernels)));
    }

    private static void RequireOnnxRuntime() => Assert.SkipUnless(OnnxRuntimeLibrary.TryLoad(out string? problem), problem ?? "");

    private static int Top<T>(ReadOnlySpan<T> values) where T : IComparable<T>
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            best = values[i].CompareTo(values[best]) > 0 ? i : best;
        }

        return best;
    }

    private static int Top<T>(Span<T> values) where T : IComparable<T> => Top((ReadOnlySpan<T>)values);

    private static sbyte[] Quantized(ModelGraph graph, OnnxTensor recording)
    {
        Node quantize = graph.ConsumersOf("features")[0];
        var parameters = new QuantizationParameters(graph.Constant(quantize.Inputs[1])!.ToFloats()[0], graph.Constant(quantize.Inputs[2])!.ToInts()[0]);
        return [.. recording.Elements<float>().Select(v => parameters.Quantize(v))];
    }

    private static sbyte[] Run(ModelGraph graph, PlanForm form, int frames, sbyte[] recording, KernelSet? kernels = null) =>
        StreamingProof.Run(Lowering.Run(graph, form, frames), recording, kernels);
}
