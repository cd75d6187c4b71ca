using System.Runtime.InteropServices;
using Edge.Quantization.Graph.TfLite;
using Edge.Tests;

namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>
/// The reference against what Google's interpreter answers. That one requantizes in float (XNNPACK), this one twice in integers, so a
/// network's outputs part by a step here and there; how often is what these tests hold.
/// </summary>
public class OracleTests
{
    [Theory]
    [InlineData("mlperf-tiny-kws", "i8", "i8", 32, 0.98)]
    [InlineData("mlperf-tiny-ad", "i8", "i8", 32, 0.98)]
    [InlineData("yamnet-spectra-in", "f32", "f32", 3, 0.98)]
    [InlineData("microwakeword-alexa", "i8", "u8", 308, 0.98)]
    [InlineData("microwakeword-okay-nabu", "i8", "u8", 308, 0.98)]
    public void The_reference_agrees_with_the_interpreter(string name, string inputs, string outputs, int runs, double share)
    {
        var reference = new ReferenceInterpreter(TfLiteModel.Read(File.ReadAllBytes(Repository.Shared("models", $"{name}.tflite")), name));
        byte[] given = File.ReadAllBytes(Repository.Shared("oracle", "tflite", $"{name}.input.{inputs}"));
        byte[] expected = File.ReadAllBytes(Repository.Shared("oracle", "tflite", $"{name}.output.{outputs}"));
        (ReferenceTensor input, ReferenceTensor output) = (reference.Inputs[0], reference.Outputs[0]);
        int inputBytes = input.Count * (inputs == "f32" ? 4 : 1);
        int outputBytes = output.Count * (outputs == "f32" ? 4 : 1);
        var distances = new int[4];
        int top = 0;
        for (int run = 0; run < runs; run++)
        {
            input.Read(given.AsSpan(run * inputBytes, inputBytes));
            reference.Run();
            int[] ours = Steps(output);
            int[] theirs = Expected(output, expected.AsSpan(run * outputBytes, outputBytes));
            for (int i = 0; i < ours.Length; i++)
            {
                distances[Math.Min(Math.Abs(ours[i] - theirs[i]), 3)]++;
            }

            // Where ours has two classes alike in front, either is the top one.
            top += ours[Array.IndexOf(theirs, theirs.Max())] == ours.Max() ? 1 : 0;
        }

        int count = runs * output.Count;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{name}: identical {distances[0] / (double)count:P3}, within 1 {(distances[0] + distances[1]) / (double)count:P3}, 2: {distances[2]}, more: {distances[3]}, same top {top} of {runs}");
        Assert.InRange(distances[0] + distances[1], share * count, count);
        Assert.Equal(runs, top);
    }

    /// <summary>Outputs in steps of their integer grid; floats of a sigmoid are steps of 1/256.</summary>
    private static int[] Steps(ReferenceTensor output) =>
        output.Type == TfLiteType.Float32 ? Array.ConvertAll(output.Reals, value => (int)MathF.Round(value * 256)) : output.Integers;

    private static int[] Expected(ReferenceTensor output, ReadOnlySpan<byte> bytes) => output.Type switch
    {
        TfLiteType.Float32 => Array.ConvertAll(MemoryMarshal.Cast<byte, float>(bytes).ToArray(), value => (int)MathF.Round(value * 256)),
        TfLiteType.Int8 => Array.ConvertAll(bytes.ToArray(), value => (int)(sbyte)value),
        _ => Array.ConvertAll(bytes.ToArray(), value => (int)value),
    };
}
