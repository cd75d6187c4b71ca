using Edge.Detection;
using Edge.Features;
using Edge.OnnxRuntime;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;

namespace Edge.Quantization.Tests.Compilation;

public class ModelBuilderTests
{
    private static BuildOptions Options => new()
    {
        Name = "small",
        Labels = ["other", "yes", "no"],
        FrontEnd = new MicroOptions { Channels = SmallNetwork.Features },
        Detection = new KeywordOptions { Thresholds = [1, 0.5, 0.5], Background = [0] },
        Provenance = new Dictionary<string, string> { ["licence"] = "MIT" },
    };

    [Fact]
    public void A_built_model_loads_proves_itself_and_says_where_it_comes_from()
    {
        RequireOnnxRuntime();

        BuildResult result = ModelBuilder.FromQuantized(Network(1), Options);

        using AudioModel model = AudioModel.Load(result.File, "built");
        Assert.True(model.Verify());
        Assert.Equal(Options.FrontEnd, model.FrontEnd);
        Assert.Equal(["other", "yes", "no"], model.Labels);
        Assert.Equal(2, model.FramesPerStep);
        Assert.InRange(result.ProvenScores, 90 * SmallNetwork.Classes, int.MaxValue); // two seconds of sound
        Assert.Equal("MIT", model.Network.PlanJson.GetProperty("provenance").GetProperty("licence").GetString());
    }

    [Fact]
    public void The_same_inputs_give_the_same_file()
    {
        RequireOnnxRuntime();

        Assert.Equal(ModelBuilder.FromQuantized(Network(2), Options).File, ModelBuilder.FromQuantized(Network(2), Options).File);
    }

    [Fact]
    public void A_graph_that_was_written_and_read_gives_the_same_file()
    {
        RequireOnnxRuntime();
        BuildResult built = ModelBuilder.FromQuantized(Network(1), Options);

        BuildResult again = ModelBuilder.FromQuantized(OnnxReader.Read(OnnxWriter.Write(built.Quantized), "small.qdq.onnx"), Options);

        Assert.Equal(built.File, again.File);
    }

    [Fact]
    public void A_graph_of_unsigned_integers_is_refused_by_name()
    {
        RequireOnnxRuntime();
        ModelGraph graph = Network(1);
        Node first = graph.Nodes.First(n => n.OpType == "QuantizeLinear");
        graph.Initializers[first.Inputs[2]] = new Tensor(Graph.ElementType.UInt8, [], new byte[] { 128 });

        var error = Assert.Throws<GraphFormatException>(() => ModelBuilder.FromQuantized(graph, Options));

        Assert.Contains("it makes or reads UInt8; expected Int8 or Int16 (signed)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_built_model_rounds_once()
    {
        RequireOnnxRuntime();
        BuildResult result = ModelBuilder.FromQuantized(Network(1), Options);

        using AudioModel model = AudioModel.Load(result.File, "built");
        Assert.Equal(Numerics.Rounding.Once, model.Network.Rounding);
    }

    [Fact]
    public void A_scale_that_the_front_end_cannot_meet_is_named()
    {
        RequireOnnxRuntime();
        ModelGraph graph = Network(1);
        string scale = graph.ConsumersOf("features")[0].Inputs[1];
        graph.Initializers[scale] = Tensor.Of([], [1e-30f]);

        string message = Assert.Throws<InvalidDataException>(() => ModelBuilder.FromQuantized(graph, Options)).Message;
        Assert.Contains("which does not fit the micro front end's features", message);
    }

    private static ModelGraph Network(int seed) => SmallNetwork.Quantize(SmallNetwork.Build(seed));

    private static void RequireOnnxRuntime() => Assert.SkipUnless(OnnxRuntimeLibrary.TryLoad(out string? problem), problem ?? "");
}
