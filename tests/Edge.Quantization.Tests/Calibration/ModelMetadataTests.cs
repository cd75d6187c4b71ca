using Edge.Features;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;

namespace Edge.Quantization.Tests.Calibration;

public class ModelMetadataTests
{
    [Fact]
    public void What_is_written_is_read_from_the_onnx_file()
    {
        ModelGraph graph = TestGraphs.Convolution();
        FrontEndOptions frontEnd = LogMelOptions.Kaldi(16_000) with { Bands = 24, HopSamples = 320 };
        ModelMetadata.SetFrontEnd(graph, frontEnd);
        ModelMetadata.SetLabels(graph, ["other", "sí"]);

        ModelGraph read = OnnxReader.Read(OnnxWriter.Write(graph), "net.onnx");

        Assert.Equal(frontEnd, ModelMetadata.FrontEnd(read));
        Assert.Equal(["other", "sí"], ModelMetadata.Labels(read)!);
    }

    [Fact]
    public void A_graph_without_metadata_has_neither()
    {
        Assert.Null(ModelMetadata.FrontEnd(new ModelGraph()));
        Assert.Null(ModelMetadata.Labels(new ModelGraph()));
    }

    [Fact]
    public void Parameters_that_are_not_named_keep_their_defaults() =>
        Assert.Equal(new MicroOptions { HopSamples = 320 }, ModelMetadata.FrontEnd(Graph(ModelMetadata.FrontEndKey, """{"kind":"micro","hopSamples":320}""")));

    [Theory]
    [InlineData("{", "is not JSON")]
    [InlineData("null", "is null")]
    [InlineData("[]", "not an object")]
    [InlineData("""{"kind":"mel"}""", "expected one of micro, log-mel")]
    [InlineData("""{"kind":"micro","chanels":3}""", "chanels is unknown")]
    [InlineData("""{"kind":"micro","channels":0}""", "Channels is 0")]
    public void A_front_end_that_is_none_is_refused_with_the_reason(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => ModelMetadata.FrontEnd(Graph(ModelMetadata.FrontEndKey, json))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("a,b")]
    [InlineData("[]")]
    [InlineData("[1, 2]")]
    [InlineData("""{"0":"a"}""")]
    public void Labels_that_are_none_are_refused(string json) =>
        Assert.Throws<InvalidDataException>(() => ModelMetadata.Labels(Graph(ModelMetadata.LabelsKey, json)));

    private static ModelGraph Graph(string key, string value) => new() { Metadata = { [key] = value } };
}
