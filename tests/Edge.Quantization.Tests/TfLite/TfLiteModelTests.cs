using System.Runtime.InteropServices;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.TfLite;
using Edge.Tests;

namespace Edge.Quantization.Tests.TfLite;

public class TfLiteModelTests
{
    /// <summary>Model, its operators in the main graph with their counts, and scale and zero point of its input and output.</summary>
    public static TheoryData<string, string, string, string> PublicModels() => new()
    {
        { "mlperf-tiny-kws", "?", "Int8 0.58470293 83", "Int8 0.00390625 -128" },
        { "mlperf-tiny-ad", "?", "Int8 0.39101523 89", "Int8 0.36449847 96" },
        { "microwakeword-alexa", "?", "Int8 0.10196079 -128", "UInt8 0.00390625 0" },
        { "microwakeword-okay-nabu", "?", "Int8 0.10196079 -128", "UInt8 0.00390625 0" },
        { "yamnet-spectra-in", "?", "?", "?" },
    };

    [Theory]
    [MemberData(nameof(PublicModels))]
    public void A_public_model_is_read_whole(string name, string operators, string input, string output)
    {
        TfLiteModel model = TfLiteModel.Read(File.ReadAllBytes(Repository.Shared("models", $"{name}.tflite")), name);
        TfLiteSubgraph main = model.Subgraphs[0];
        Assert.Equal(3, model.Version);
        Assert.Equal(operators, string.Join(", ", main.Operators.GroupBy(row => row.Name).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Count()} {group.Key}")));
        Assert.Equal(input, Quantization(main.Tensors[Assert.Single(main.Inputs)]));
        Assert.Equal(output, Quantization(main.Tensors[Assert.Single(main.Outputs)]));
    }

    private static string Quantization(TfLiteTensor tensor) =>
        tensor.Quantization is { } quantization ? $"{tensor.Type} {quantization.Scales[0]} {quantization.ZeroPoints[0]}" : $"{tensor.Type}";
}
