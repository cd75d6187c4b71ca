namespace Edge.Quantization.Graph.TfLite;

/// <summary>Reads TensorFlow Lite files into a <see cref="ModelGraph"/> of ONNX operators.</summary>
/// <remarks>
/// An int8 file becomes the same graph with a QuantizeLinear and a DequantizeLinear around each value (names: <c>v</c>, <c>v.int8</c>,
/// <c>v.dequantized</c>); inputs and outputs are float. A float file becomes a float graph, one whose weights alone are quantized too.
/// Of a tensor's name, which lists all operators that were fused, the first is kept. Convolutions have channels first. Variables of the file become <see cref="ModelGraph.States"/>.
/// </remarks>
public static class TfLiteReader
{
    /// <summary>Key of the metadata that says by whose rules the integers of a quantized graph are computed.</summary>
    public const string ArithmeticKey = "edge.arithmetic";

    /// <summary>Value of <see cref="ArithmeticKey"/>: TensorFlow Lite's int8 specification.</summary>
    public const string Arithmetic = "tensorflow-lite";

    /// <summary>Operator set of the operators that have no ONNX equivalent: Svdf and Lstm over int8 values.</summary>
    public const string EdgeDomain = "edge";

    /// <summary>Attribute of an edge.Lstm: 1 where its states live on from run to run, 0 where every run begins without a past.</summary>
    public const string StatefulKey = "stateful";

    /// <summary>Reads a file.</summary>
    /// <exception cref="GraphFormatException">The file is damaged, or uses what the graph cannot hold; the message names all of it.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static ModelGraph Read(string path) => Read(File.ReadAllBytes(path), path);

    /// <summary>Reads a file's bytes, which must not change afterwards.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="source">How messages name it.</param>
    /// <exception cref="GraphFormatException">The file is damaged, or uses what the graph cannot hold; the message names all of it.</exception>
    public static ModelGraph Read(ReadOnlyMemory<byte> file, string source = "model") =>
        TfLiteTranslator.Run(TfLiteModel.Read(file, source), source);
}
