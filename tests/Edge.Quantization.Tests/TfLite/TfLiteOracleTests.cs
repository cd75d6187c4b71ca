using System.Globalization;
using System.Runtime.InteropServices;
using Edge.OnnxRuntime;
using Edge.Quantization.Analysis.Comparison;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Graph.Patterns;
using Edge.Quantization.Graph.TfLite;
using Edge.Tests;

namespace Edge.Quantization.Tests.TfLite;

/// <summary>Published models as QDQ graphs in ONNX Runtime, against what TensorFlow Lite answers.</summary>
public class TfLiteOracleTests
{
    [Theory]
    [InlineData("mlperf-tiny-kws", "i8", "i8", 490, 0)]
    [InlineData("mlperf-tiny-ad", "i8", "i8", 640, 0)]
    [InlineData("yamnet-spectra-in", "f32", "f32", 6144, 0)]
    [InlineData("microwakeword-alexa", "i8", "u8", 120, 2)]
    [InlineData("microwakeword-okay-nabu", "i8", "u8", 120, 2)]
    public void A_published_model_as_onnx_answers_as_TensorFlow_Lite_does(string model, string inputType, string outputType, int elements, int transposes)
    {
        Assert.SkipUnless(OnnxRuntimeLibrary.TryLoad(out string? problem), problem ?? "");
        ModelGraph graph = TfLiteReader.Read(Repository.Shared("models", $"{model}.tflite"));
        Assert.Equal(TfLiteReader.Arithmetic, graph.Metadata[TfLiteReader.ArithmeticKey]);
        QuantizedValue input = QuantizedValue.Find(graph)[0];
        QuantizedValue output = QuantizedValue.Find(graph).Last(value => value.Restored == graph.Outputs[0].Name);
        float[] given = Reals(Repository.Shared("oracle", "tflite", $"{model}.input.{inputType}"), inputType, input.Parameters);
        float[] expected = Reals(Repository.Shared("oracle", "tflite", $"{model}.output.{outputType}"), outputType, output.Parameters);

        // What is written to a file and read again is what runs.
        using var runner = new OnnxModelRunner(OnnxReader.Read(OnnxWriter.Write(graph)), model, outputsOnly: true);
        float[] answers = Run(runner, graph.Inputs[0].StaticShape!, given, elements);

        (double near, double top) = Compare(expected, answers, (int)graph.Outputs[0].StaticShape!.Aggregate((a, b) => a * b), output.Parameters.Scale);
        int moved = graph.Nodes.Count(node => node.OpType == "Transpose");
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{model}: {near:P3} within one step, top-1 {top:P1}, {moved} Transposes of {graph.Nodes.Count} nodes"));
        Assert.True(near >= 0.98, $"{near:P2} within one step");
        Assert.Equal(1, top);
        Assert.True(moved <= transposes, $"{moved} Transposes");
    }

    private static float[] Run(OnnxModelRunner runner, long[] shape, float[] given, int elements)
    {
        var answers = new List<float>();
        for (int start = 0; start < given.Length; start += elements)
        {
            var sample = new CalibrationSample($"{start}", new Dictionary<string, OnnxTensor> { ["input"] = OnnxTensor.Of(shape, given[start..(start + elements)]) });
            runner.Run(sample, tensor =>
            {
                if (tensor.Name == runner.Output)
                {
                    answers.AddRange(tensor.Values);
                }
            });
        }

        return [.. answers];
    }

    private static (double Near, double Top) Compare(float[] expected, float[] answers, int labels, float step)
    {
        Assert.Equal(expected.Length, answers.Length);
        int near = 0, top = 0, vectors = expected.Length / labels;
        for (int i = 0; i < expected.Length; i++)
        {
            near += Math.Abs(expected[i] - answers[i]) < 1.01f * step ? 1 : 0;
        }

        for (int i = 0; i < vectors; i++)
        {
            float[] wanted = expected[(i * labels)..((i + 1) * labels)], found = answers[(i * labels)..((i + 1) * labels)];
            bool same = labels == 1 ? wanted[0] > 0.5f == found[0] > 0.5f : Array.IndexOf(wanted, wanted.Max()) == Array.IndexOf(found, found.Max());
            top += same ? 1 : 0;
        }

        return ((double)near / expected.Length, (double)top / vectors);
    }

    private static float[] Reals(string path, string type, QuantizationParameters parameters)
    {
        byte[] bytes = File.ReadAllBytes(path);
        return type switch
        {
            "f32" => MemoryMarshal.Cast<byte, float>(bytes).ToArray(),
            "i8" => Array.ConvertAll(bytes, value => (float)parameters.Dequantize((sbyte)value)),
            _ => Array.ConvertAll(bytes, value => (float)parameters.Dequantize(value - 128)),
        };
    }
}
