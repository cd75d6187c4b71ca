using Edge.Features;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph.TfLite;
using Edge.Quantization.Tests.TfLite.Reference;
using Edge.Tests;

namespace Edge.Quantization.Tests.TfLite;

public class TfLiteMutationTests
{
    [Theory]
    [InlineData("mlperf-tiny-kws", 1000)]
    [InlineData("microwakeword-alexa", 1000)]
    [InlineData("yamnet-spectra-in", 50)]
    public void A_damaged_public_model_is_read_or_refused_with_a_place(string name, int count) =>
        Check(File.ReadAllBytes(Repository.Shared("models", $"{name}.tflite")), count);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_damaged_model_of_two_subgraphs_is_read_or_refused_with_a_place(bool buffersOutside)
    {
        var builder = new TfLiteBuilder { BuffersOutside = buffersOutside };
        int x = builder.Tensor("x", [1, 4], TfLiteType.Int8, [0.5f], [3]);
        int w = builder.Int8s("w", [2, 4], [1, -2, 3, -4, 5, -6, 7, -127], [0.25f, 0.125f]);
        int y = builder.Tensor("y", [1, 2], TfLiteType.Int8, [1], [-128]);
        builder.Operator(TfLiteOperatorCode.CallOnce, 1, [], [], 103, options => options.Int32(0, 1));
        builder.Operator(TfLiteOperatorCode.FullyConnected, 4, [x, w, -1], [y], 8, options => options.Byte(0, 1));
        builder.Inputs(x);
        builder.Outputs(y);
        builder.Metadata("note", [1, 2, 3]);
        builder.Subgraph("init");
        int handle = builder.Tensor("handle", [], TfLiteType.Resource);
        builder.Operator(TfLiteOperatorCode.VarHandle, 1, [], [handle], 111, options => options.Text(1, "state"));
        Check(builder.Build(), 2000);
    }

    [Fact]
    public void A_damaged_model_is_imported_or_refused_with_a_place()
    {
        var builder = new TfLiteBuilder();
        int x = builder.Tensor("x", [1, 3, 40], TfLiteType.Int8, [0.1f], [-128]);
        int shape = builder.Int32s("shape", [2], [1, 120]);
        int flat = builder.Tensor("flat", [1, 120], TfLiteType.Int8, [0.1f], [-128]);
        int w = builder.Int8s("w", [1, 120], [.. Enumerable.Range(0, 120).Select(i => (sbyte)(i - 60))], [0.01f]);
        int bias = builder.Int32s("bias", [1], [5], [0.001f]);
        int sum = builder.Tensor("sum", [1, 1], TfLiteType.Int8, [0.5f], [3]);
        int y = builder.Tensor("y", [1, 1], TfLiteType.Int8, [1 / 256f], [-128]);
        builder.Operator(TfLiteOperatorCode.Reshape, 1, [x, shape], [flat], 17, options => options.Int32s(0, 1, 120));
        builder.Operator(TfLiteOperatorCode.FullyConnected, 4, [flat, w, bias], [sum], 8, options => options.Byte(0, 0));
        builder.Operator(TfLiteOperatorCode.Logistic, 2, [sum], [y]);
        builder.Inputs(x);
        builder.Outputs(y);
        var options = new ImportOptions { Name = "net", Labels = ["word"], FrontEnd = FrontEndCatalogue.Find("micro-10ms") };
        TfLiteMutationRun run = TfLiteMutationRun.Run([("net.tflite", builder.Build())], first: 1, 300, (bytes, source) => ModelImport.Run(bytes, source, options));
        Assert.Empty(run.Escaped);
        Assert.InRange(run.Sound, 1, 299);
    }

    [Fact]
    public void A_damaged_model_with_a_memory_is_imported_or_refused_with_a_place()
    {
        var sketch = new ModelSketch(1);
        byte[] file = sketch.Build(ImportedWindowTests.Classifier(sketch));
        var options = new ImportOptions { Name = "net", Labels = ["a", "b", "c", "d"], FrontEnd = FrontEndCatalogue.Find("micro-10ms") };
        TfLiteMutationRun run = TfLiteMutationRun.Run([("net.tflite", file)], first: 1, 200, (bytes, source) => ModelImport.Run(bytes, source, options));
        Assert.Empty(run.Escaped);
        Assert.InRange(run.Sound, 1, 199);
    }

    [Fact]
    public void The_same_number_damages_alike()
    {
        var mutator = new TfLiteMutator(new TfLiteBuilder().Build());
        Assert.Equal(mutator.Mutate(7), mutator.Mutate(7));
        Assert.NotEqual(mutator.Mutate(7), mutator.Mutate(8));
    }

    private static void Check(byte[] model, int count)
    {
        TfLiteMutationRun run = TfLiteMutationRun.Run([("net.tflite", model)], first: 1, count, (bytes, source) => TfLiteModel.Read(bytes, source));
        Assert.Empty(run.Escaped);
        Assert.InRange(run.Sound, 1, count - 1);
    }
}
