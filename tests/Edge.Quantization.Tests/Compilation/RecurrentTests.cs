using System.Runtime.InteropServices;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.TfLite;
using Edge.Quantization.Tests.TfLite;
using Edge.Quantization.Tests.TfLite.Reference;

namespace Edge.Quantization.Tests.Compilation;

/// <summary>Layers with a memory inside, step by step against the slow reference: every bit of every output.</summary>
public class RecurrentTests
{
    [Theory]
    [InlineData(1, ReferenceRounding.Once)]
    [InlineData(2, ReferenceRounding.Twice)]
    [InlineData(3, ReferenceRounding.Once)]
    public void Svdf_keeps_its_memory_from_step_to_step(int rank, ReferenceRounding rounding)
    {
        const int inputs = 6, units = 4, memory = 5;
        int filters = units * rank;
        var random = new Random(rank);
        short[] time = [.. Enumerable.Range(0, filters * memory).Select(_ => (short)random.Next(-30_000, 30_000))];
        var builder = new TfLiteBuilder();
        int x = builder.Tensor("x", [1, inputs], TfLiteType.Int8, [0.02f], [3]);
        int w = builder.Int8s("feature", [filters, inputs], Int8(random, filters * inputs), [0.01f]);
        int t = builder.Tensor("time", [filters, memory], TfLiteType.Int16, [1e-5f], data: MemoryMarshal.AsBytes<short>(time).ToArray());
        int bias = builder.Int32s("bias", [units], [1_000, 0, -5_000, 99], [3e-9f]);
        int state = builder.Tensor("state", [1, filters * memory], TfLiteType.Int16, [3e-4f], variable: true);
        int y = builder.Tensor("y", [1, units], TfLiteType.Int8, [0.03f], [-10]);
        builder.Operator(TfLiteOperatorCode.Svdf, 1, [x, w, t, bias, state], [y], 6, o => o.Int32(0, rank));
        builder.Inputs(x);
        builder.Outputs(y);

        Steps(builder.Build(), rounding, random, inputs);
    }

    [Theory]
    [InlineData(ReferenceRounding.Once)]
    [InlineData(ReferenceRounding.Twice)]
    public void Lstm_of_every_form_keeps_output_and_cells_or_begins_every_window_anew(ReferenceRounding rounding)
    {
        for (int form = 0; form < 32; form++)
        {
            byte[] file = new LstmSketch(coupled: Has(form, 0), peephole: Has(form, 1), projection: Has(form, 2), clips: Has(form, 3)).Build();
            Steps(file, rounding, new Random(9), LstmSketch.Steps * LstmSketch.Inputs, keepStates: Has(form, 4));
        }
    }

    [Fact]
    public void What_begins_anew_in_every_window_is_not_streamed()
    {
        ModelGraph graph = TfLiteReader.Read(new LstmSketch(coupled: false, peephole: false, projection: false).Build());
        GraphFormatException e = Assert.Throws<GraphFormatException>(() => Lowering.Run(graph, PlanForm.Streaming, 1));
        Assert.Contains("it begins anew in every window and cannot stream; build it windowed", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gates_of_different_shapes_are_named()
    {
        ModelGraph graph = TfLiteReader.Read(new LstmSketch(coupled: false, peephole: false, projection: false).Build());
        Node lstm = graph.Nodes.Single(node => node.OpType == "Lstm");
        (lstm.Inputs[2], lstm.Inputs[6]) = (lstm.Inputs[6], lstm.Inputs[2]);
        GraphFormatException e = Assert.Throws<GraphFormatException>(() => Lowering.Run(graph, PlanForm.Batch, LstmSketch.Steps));
        Assert.Contains("expected the same shapes in every gate, a bias a cell and a scale a gate", e.Message, StringComparison.Ordinal);
    }

    private static bool Has(int form, int bit) => (form & (1 << bit)) != 0;

    private static void Steps(byte[] file, ReferenceRounding rounding, Random random, int elements, bool keepStates = false)
    {
        using var comparison = new ImportComparison(file, rounding, keepStates: keepStates);
        for (int step = 0; step < 20; step++)
        {
            comparison.Step(Int8(random, elements)); // fails where an output differs
        }
    }

    private static sbyte[] Int8(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (sbyte)random.Next(-128, 128))];
}
