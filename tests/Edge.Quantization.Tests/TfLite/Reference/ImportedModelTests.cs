using System.Runtime.InteropServices;
using Edge.Tests;

namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>The public models, imported, against the reference on the oracle's inputs: the same bits in every tensor that both have.</summary>
public class ImportedModelTests
{
    [Theory]
    [InlineData("mlperf-tiny-kws", 490, 3)]
    [InlineData("mlperf-tiny-ad", 640, 8)]
    [InlineData("microwakeword-alexa", 120, 40)]
    [InlineData("microwakeword-okay-nabu", 120, 40)]
    public void Every_tensor_has_the_bits_of_the_reference(string name, int elements, int steps)
    {
        byte[] file = File.ReadAllBytes(Repository.Shared("models", $"{name}.tflite"));
        byte[] inputs = File.ReadAllBytes(Repository.Shared("oracle", "tflite", $"{name}.input.i8"));
        foreach (ReferenceRounding rounding in Enum.GetValues<ReferenceRounding>())
        {
            using var comparison = new ImportComparison(file, rounding);
            for (int step = 0; step < steps; step++)
            {
                comparison.Step(MemoryMarshal.Cast<byte, sbyte>(inputs.AsSpan(step * elements, elements)));
            }

            Assert.InRange(comparison.Compared, 9, int.MaxValue);
            TestContext.Current.TestOutputHelper?.WriteLine($"{name}, {rounding}: {comparison.Compared} tensors and the output the same in {steps} steps");
        }
    }

    [Fact]
    public void Every_tensor_of_YAMNet_has_the_bits_of_the_reference()
    {
        byte[] inputs = File.ReadAllBytes(Repository.Shared("oracle", "tflite", "yamnet-spectra-in.input.f32"));
        foreach (ReferenceRounding rounding in Enum.GetValues<ReferenceRounding>())
        {
            using var comparison = new ImportComparison(File.ReadAllBytes(Repository.Shared("models", "yamnet-spectra-in.tflite")), rounding);
            comparison.Step(MemoryMarshal.Cast<byte, float>(inputs.AsSpan(0, 96 * 64 * sizeof(float))));
            Assert.InRange(comparison.Compared, 28, int.MaxValue);
            TestContext.Current.TestOutputHelper?.WriteLine($"YAMNet, {rounding}: {comparison.Compared} tensors and the output the same");
        }
    }
}
