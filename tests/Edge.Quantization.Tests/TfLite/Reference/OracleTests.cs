using System.Runtime.InteropServices;
using Edge.Quantization.Graph.TfLite;
using Edge.Tests;

namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>
/// The reference against what TensorFlow Lite's interpreter answers. That one requantizes in float (XNNPACK): rounding once is all but the same,
/// rounding twice parts from it by a step here and there, which a softmax widens.
/// </summary>
public class OracleTests
{
    [Theory]
    [InlineData("mlperf-tiny-kws", 12, ReferenceRounding.Once, 1.0, 1.0)]
    [InlineData("mlperf-tiny-ad", 32, ReferenceRounding.Once, 1.0, 1.0)]
    [InlineData("yamnet-spectra-in", 1, ReferenceRounding.Once, 0.99, 1.0)]
    [InlineData("microwakeword-alexa", 150, ReferenceRounding.Once, 0.98, 0.99)]
    [InlineData("microwakeword-okay-nabu", 100, ReferenceRounding.Once, 1.0, 1.0)]
    [InlineData("mlperf-tiny-kws", 8, ReferenceRounding.Twice, 0.9, 0.94)]
    [InlineData("mlperf-tiny-ad", 32, ReferenceRounding.Twice, 0.69, 0.99)]
    [InlineData("microwakeword-alexa", 100, ReferenceRounding.Twice, 0.96, 0.99)]
    [InlineData("microwakeword-okay-nabu", 100, ReferenceRounding.Twice, 1.0, 1.0)]
    public void The_reference_agrees_with_the_interpreter(string name, int runs, ReferenceRounding rounding, double identical, double near)
    {
        TfLiteModel model = TfLiteModel.Read(File.ReadAllBytes(Repository.Shared("models", $"{name}.tflite")), name);
        var reference = new ReferenceInterpreter(model, rounding);
        (ReferenceTensor input, ReferenceTensor output) = (reference.Inputs[0], reference.Outputs[0]);
        byte[] given = Oracle(name, "input", input);
        byte[] expected = Oracle(name, "output", output);
        var distances = new int[3];
        int top = 0;
        for (int run = 0; run < runs; run++)
        {
            input.Read(given.AsSpan(run * Bytes(input), Bytes(input)));
            reference.Run();
            int[] ours = Steps(output);
            int[] theirs = Steps(output, expected.AsSpan(run * Bytes(output), Bytes(output)));
            for (int i = 0; i < ours.Length; i++)
            {
                distances[Math.Min(Math.Abs(ours[i] - theirs[i]), 2)]++;
            }

            // Where ours has two classes alike in front, either is the top one.
            top += ours[Array.IndexOf(theirs, theirs.Max())] == ours.Max() ? 1 : 0;
        }

        int count = runs * output.Count;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{name}: identical {distances[0] / (double)count:P2}, within 1 {(distances[0] + distances[1]) / (double)count:P2}, same top {top} of {runs}");
        Assert.InRange(distances[0], identical * count, count);
        Assert.InRange(distances[0] + distances[1], near * count, count);
        Assert.InRange(top, rounding == ReferenceRounding.Once ? runs : 0.9 * runs, runs);
    }

    private static byte[] Oracle(string name, string side, ReferenceTensor tensor)
    {
        string type = tensor.Type switch { TfLiteType.Float32 => "f32", TfLiteType.UInt8 => "u8", _ => "i8" };
        return File.ReadAllBytes(Repository.Shared("oracle", "tflite", $"{name}.{side}.{type}"));
    }

    private static int Bytes(ReferenceTensor tensor) => tensor.Count * (tensor.Type == TfLiteType.Float32 ? 4 : 1);

    /// <summary>Outputs in steps of their integer grid; floats of a sigmoid are steps of 1/256.</summary>
    private static int[] Steps(ReferenceTensor output) =>
        output.Type == TfLiteType.Float32 ? Array.ConvertAll(output.Reals, value => (int)MathF.Round(value * 256)) : output.Integers;

    private static int[] Steps(ReferenceTensor output, ReadOnlySpan<byte> bytes) => output.Type switch
    {
        TfLiteType.Float32 => Array.ConvertAll(MemoryMarshal.Cast<byte, float>(bytes).ToArray(), value => (int)MathF.Round(value * 256)),
        TfLiteType.Int8 => Array.ConvertAll(bytes.ToArray(), value => (int)(sbyte)value),
        _ => Array.ConvertAll(bytes.ToArray(), value => (int)value),
    };
}
