using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Graph.TfLite;
using Edge.Quantization.Tests.TfLite.Reference;

namespace Edge.Quantization.Tests.TfLite;

/// <summary>Damaged files that may still be sound FlatBuffers: each gives a graph that can be written, or an error that names file and place.</summary>
public class TfLiteReaderMutationTests
{
    [Fact]
    public void A_damaged_file_becomes_a_graph_or_an_error_with_a_place()
    {
        (string, byte[])[] models = [.. TfLiteReaderTests.Files(), ("states.tflite", TfLiteStatesTests.Accumulator(TfLiteForm.Int8)), ("lstm.tflite", new LstmSketch(coupled: true, peephole: true, projection: true).Build())];

        TfLiteMutationRun run = TfLiteMutationRun.Run(models, first: 1, count: 6000, (bytes, source) => OnnxWriter.Write(TfLiteReader.Read(bytes, source)));

        Assert.True(run.Escaped.Count == 0, string.Join(Environment.NewLine, run.Escaped));
        Assert.InRange(run.Sound, 1, run.Count - 1);
        Assert.True(run.Slowest < TimeSpan.FromSeconds(10), $"{run.SlowestName} took {run.Slowest}");
    }
}
