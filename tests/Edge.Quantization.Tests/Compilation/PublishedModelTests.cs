using System.Globalization;
using System.Runtime.InteropServices;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.TfLite;
using Edge.Tests;

namespace Edge.Quantization.Tests.Compilation;

/// <summary>Published int8 models in the integer engine, against what TensorFlow Lite's interpreter answers (which rescales in float).</summary>
public class PublishedModelTests
{
    [Theory]
    [InlineData("mlperf-tiny-kws", "i8", "i8")]
    [InlineData("mlperf-tiny-ad", "i8", "i8")]
    [InlineData("yamnet-spectra-in", "f32", "f32")]
    [InlineData("microwakeword-alexa", "i8", "u8")]
    [InlineData("microwakeword-okay-nabu", "i8", "u8")]
    public void A_published_model_answers_as_TensorFlow_Lite_does(string model, string inputType, string outputType)
    {
        ModelGraph graph = TfLiteReader.Read(Repository.Shared("models", $"{model}.tflite"));
        PlanDraft draft = Lowering.Run(graph, graph.IsStateful ? PlanForm.Streaming : PlanForm.Batch, Lowering.InputFrames(graph) ?? 1);
        sbyte[] given = Integers(model, "input", inputType, draft.Input!);
        sbyte[] expected = Integers(model, "output", outputType, draft.Output!);

        sbyte[] answers = StreamingProof.Run(draft, given);

        int near = answers.Zip(expected).Count(pair => Math.Abs(pair.First - pair.Second) <= 1);
        int same = answers.Zip(expected).Count(pair => pair.First == pair.Second);
        int farthest = answers.Zip(expected).Max(pair => Math.Abs(pair.First - pair.Second));
        int labels = draft.Output!.Bytes;
        int[] tops = [.. Enumerable.Range(0, answers.Length / labels).Where(i => SameTop(answers[(i * labels)..((i + 1) * labels)], expected[(i * labels)..((i + 1) * labels)]))];
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{model}: {answers.Length} outputs, {(double)same / answers.Length:P2} the same, {(double)near / answers.Length:P2} within one step, farthest {farthest}; top-1 the same in {tops.Length} of {answers.Length / labels}"));
        Assert.Equal(expected.Length, answers.Length);
        Assert.True(near >= 0.98 * answers.Length, $"{(double)near / answers.Length:P2} within one step");
        Assert.Equal(answers.Length / labels, tops.Length);
    }

    /// <summary>Whether the largest score is the same label's, or of one score whether it is beyond one half.</summary>
    private static bool SameTop(sbyte[] ours, sbyte[] theirs) =>
        ours.Length == 1 ? ours[0] > 0 == theirs[0] > 0 : Array.IndexOf(ours, ours.Max()) == Array.IndexOf(theirs, theirs.Max());

    private static sbyte[] Integers(string model, string end, string type, DraftTensor tensor)
    {
        byte[] bytes = File.ReadAllBytes(Repository.Shared("oracle", "tflite", $"{model}.{end}.{type}"));
        return type switch
        {
            "f32" => [.. MemoryMarshal.Cast<byte, float>(bytes).ToArray().Select(real => (sbyte)Math.Clamp(MathF.Round(real / (float)tensor.Scale, MidpointRounding.AwayFromZero) + tensor.ZeroPoint, -128, 127))],
            "u8" => [.. bytes.Select(value => (sbyte)(value - 128))],
            _ => [.. bytes.Select(value => (sbyte)value)],
        };
    }
}
