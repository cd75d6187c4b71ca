using System.Globalization;
using System.Text.Json;
using Edge.Cli;
using Edge.Features;
using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Rewriting.Quantizing;

namespace Edge.Quantization.Cli;

/// <summary>`edgec quantize`: a float ONNX model and calibration data to a quantized ONNX model.</summary>
internal static class QuantizeCommand
{
    /// <summary>Key of the metadata that says how a model was quantized.</summary>
    public const string MethodsKey = "edge.quantization";

    private static readonly CommandSyntax Syntax = new(
        "edgec quantize", "MODEL.onnx|MODEL.tflite",
        "Quantizes a float ONNX or TensorFlow Lite model to int8 ONNX (QuantizeLinear, DequantizeLinear), for any ONNX Runtime and for `edgec build`, and says what that cost.",
        "edgec quantize model.onnx --calibration clips/ --front-end log-mel --out model.int8.onnx",
        [
            .. QuantizationArguments.Options,
            new Option("out", "FILE", "the quantized .onnx file"),
            new Option("json", null, "print the result as one JSON object"),
        ]);

    public static Command Command { get; } = new(Syntax, Run);

    private static int Run(Arguments arguments, CancellationToken cancellationToken)
    {
        if (arguments.Operands is not [var source])
        {
            throw new UsageException($"edgec quantize takes one model; found {arguments.Operands.Count}.");
        }

        string output = OutputFile.Onnx(arguments, "out", [source])!;
        ModelGraph graph = ModelFile.Read(source);
        FrontEndOptions? frontEnd = FrontEndArguments.ReadOrNull(arguments, graph);
        PostTrainingResult result;
        try
        {
            result = QuantizationArguments.Run(arguments, graph, frontEnd, rehearse: null, cancellationToken);
        }
        catch (OnnxRuntimeException e)
        {
            return RuntimeFailure.Report("quantizing runs the model in ONNX Runtime, and that failed", e);
        }

        if (frontEnd is not null)
        {
            ModelMetadata.SetFrontEnd(result.Quantized, frontEnd);
        }

        result.Quantized.Metadata[MethodsKey] = result.ToString();
        byte[] file = OnnxWriter.Write(result.Quantized);
        AtomicFile.Write(output, stream => stream.Write(file));
        Report(source, output, file.Length, result, arguments.Has("json"));
        if (arguments.Has("min-sqnr") && result.SqnrDb < arguments.Double("min-sqnr"))
        {
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"edgec: the outputs reach {result.SqnrDb:F1} dB; --min-sqnr asked for {arguments.Double("min-sqnr")}. {output} was written all the same."));
            return ExitCode.WorkFailed;
        }

        return ExitCode.Done;
    }

    private static void Report(string source, string output, int bytes, PostTrainingResult result, bool asJson)
    {
        long before = new FileInfo(source).Length;
        if (!asJson)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{output}: {bytes} bytes, {100.0 * bytes / before:F0} % of {before}"));
            QuantizationReport.Write(Console.Out, result);
            return;
        }

        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteString("file", output);
        writer.WriteNumber("bytes", bytes);
        writer.WriteNumber("float_bytes", before);
        QuantizationReport.Write(writer, result);
        writer.WriteEndObject();
        writer.Flush();
        Console.WriteLine();
    }
}
