// Makes an .edge file of a trained network that names its front end and labels in its metadata:
//   QuantizeAndBuild net.onnx clips/ net.edge
using Edge.Detection;
using Edge.Features;
using Edge.Quantization;
using Edge.Quantization.Calibration;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Rewriting.Quantizing;

if (args is not [var network, var clips, var output])
{
    Console.Error.WriteLine("usage: QuantizeAndBuild NET.onnx CLIPS OUT.edge");
    return 2;
}

try
{
    ModelGraph graph = OnnxReader.Read(network);
    FrontEndOptions frontEnd = ModelMetadata.FrontEnd(graph) ?? throw new InvalidDataException($"{network} does not say its front end.");
    IReadOnlyList<string> labels = ModelMetadata.Labels(graph) ?? throw new InvalidDataException($"{network} does not name its labels.");

    CalibrationData data = CalibrationData.Open(graph, [clips], frontEnd, new CalibrationOptions());
    PostTrainingResult quantized = PostTrainingQuantization.Apply(graph, data.Samples(), data.Count, new PostTrainingOptions());
    foreach (QuantizationStep step in quantized.Steps)
    {
        Console.WriteLine($"{step.SqnrDb,6:F1} dB  {step.Name}{(step.Kept ? "" : " (not kept)")}");
    }

    // A network over a fixed number of frames runs again every tenth of them; one of any length streams.
    bool windowed = graph.Inputs[0].Shape![1].IsKnown;
    int frames = windowed ? (int)graph.Inputs[0].Shape![1].Size : 0;
    BuildResult built = ModelBuilder.FromQuantized(quantized.Quantized, new BuildOptions
    {
        Name = Path.GetFileNameWithoutExtension(output),
        Labels = labels,
        FrontEnd = frontEnd,
        Detection = new KeywordOptions { Thresholds = [.. labels.Select(_ => 0.5)] },
        Form = windowed ? PlanForm.Windowed : PlanForm.Streaming,
        WindowFrames = frames,
        StrideFrames = Math.Max(1, frames / 10),
        Provenance = new Dictionary<string, string> { ["source"] = Path.GetFileName(network), ["quantization"] = $"{quantized}" },
    });
    AtomicFile.Write(output, file => file.Write(built.File));
    Console.WriteLine($"{output}: {built.File.Length} bytes");
    return 0;
}
catch (Exception e) when (e is IOException or InvalidDataException)
{
    Console.Error.WriteLine(e.Message);
    return 3;
}
