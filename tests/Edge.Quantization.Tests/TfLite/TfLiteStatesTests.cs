using System.Runtime.InteropServices;
using Edge.OnnxRuntime;
using Edge.Quantization.Analysis.Comparison;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Graph.TfLite;
using static Edge.Quantization.Graph.TfLite.TfLiteOperatorCode;

namespace Edge.Quantization.Tests.TfLite;

/// <summary>What files keep from step to step, as states of a graph.</summary>
public class TfLiteStatesTests
{
    [Theory]
    [InlineData(TfLiteForm.Float)]
    [InlineData(TfLiteForm.Int8)]
    public void A_variable_is_a_state_that_is_read_before_and_after_its_assignment(TfLiteForm form)
    {
        Assert.SkipUnless(OnnxRuntimeLibrary.TryLoad(out string? problem), problem ?? "");
        byte[] file = Accumulator(form);
        ModelGraph graph = OnnxReader.Read(OnnxWriter.Write(TfLiteReader.Read(file)));
        GraphState state = Assert.Single(graph.States);
        Assert.Equal([1, 2, 3], graph.ValueInfos[state.Input].StaticShape!);
        Assert.Equal(form == TfLiteForm.Int8 ? ElementType.Int8 : ElementType.Float32, state.Initial!.ElementType);

        // The result is the newest frame of the memory before the step and after it.
        float[] answers = Run(graph, [[10, 20, 30], [1, 2, 3], [0, 0, 0]]);
        float unit = form == TfLiteForm.Int8 ? TfLiteSketch.Scale : 1;
        Assert.Equal([12, 23, 34, 11, 22, 33, 1, 2, 3], answers.Select(value => (int)Math.Round(value / unit)));
    }

    [Fact]
    public void Two_variables_with_one_value_have_two_outputs_and_one_that_nothing_assigns_is_a_constant()
    {
        var sketch = new TfLiteSketch(TfLiteForm.Int8);
        int x = sketch.Input(1, 3), sum = x;
        var handles = new List<int>();
        foreach (string name in (string[])["a", "b", "c"])
        {
            (int handle, int read) = Variable(sketch, name, [1, 3]);
            handles.Add(handle);
            sum = sketch.Add(Add, [sum, read], sketch.Value(1, 3), 11);
        }

        sketch.File.Operator(AssignVariable, 1, [handles[0], x], []);
        sketch.File.Operator(AssignVariable, 1, [handles[1], x], []);
        byte[] file = Initialized(sketch, sum, ("a", [1, 2, 3]), ("b", [1, 2, 3]), ("c", [4, 5, 6]));
        ModelGraph graph = OnnxReader.Read(OnnxWriter.Write(TfLiteReader.Read(file)));

        Assert.Equal(2, graph.States.Count);
        Assert.Equal(2, graph.States.Select(state => state.Output).Distinct().Count());
        Assert.Contains(graph.Initializers.Values, tensor => tensor is { ElementType: ElementType.Int8, Count: 3 } && tensor.ToSBytes().AsSpan().SequenceEqual<sbyte>([4, 5, 6]));
    }

    [Fact]
    public void A_float_svdf_and_lstm_are_onnx_operators()
    {
        Assert.SkipUnless(OnnxRuntimeLibrary.TryLoad(out string? problem), problem ?? "");
        var sketch = new TfLiteSketch(TfLiteForm.Float);
        int state = sketch.File.Tensor("memory", [1, 24], TfLiteType.Float32, variable: true);
        byte[] svdf = sketch.Build(sketch.Add(
            Svdf, [sketch.Input(1, 5), sketch.Weights(-1, 6, 5), sketch.Weights(-1, 6, 4), sketch.Bias(3), state], sketch.Value(1, 3), 6, o => o.Int32(0, 2).Byte(1, 1)));
        Check(svdf, 5, 7);

        sketch = new TfLiteSketch(TfLiteForm.HybridInt8);
        Check(sketch.Build(Lstm(sketch)), 12, 1);
    }

    [Fact]
    public void An_int8_svdf_and_lstm_are_integer_operators_that_onnx_runtime_is_not_asked_to_run()
    {
        var sketch = new TfLiteSketch(TfLiteForm.Int8);
        int time = sketch.File.Tensor("time", [6, 4], TfLiteType.Int16, [0.001f], data: new byte[48]);
        int state = sketch.File.Tensor("memory", [1, 24], TfLiteType.Int16, [0.01f], variable: true);
        ModelGraph graph = TfLiteReader.Read(sketch.Build(sketch.Add(
            Svdf, [sketch.Input(1, 5), sketch.Weights(-1, 6, 5), time, sketch.Bias(3), state], sketch.Value(1, 3), 6, o => o.Int32(0, 2))));
        Node svdf = Assert.Single(graph.Nodes, node => node is { OpType: "Svdf", Domain: TfLiteReader.EdgeDomain });
        Assert.Equal("v0.int8", svdf.Inputs[0]);
        Assert.Equal((2, 0.001f, 0.01f, -3), (svdf.Int("rank", 0), svdf.Float("time_scale", 0), svdf.Float("state_scale", 0), svdf.Int("output_zero_point", 0)));
        GraphFormatException e = Assert.Throws<GraphFormatException>(() => new OnnxModelRunner(graph, "file"));
        Assert.Contains("Svdf making 'v", e.Message, StringComparison.Ordinal);

        sketch = new TfLiteSketch(TfLiteForm.Int8);
        Node lstm = Assert.Single(TfLiteReader.Read(sketch.Build(Lstm(sketch))).Nodes, node => node.Domain.Length > 0);
        Assert.Equal(("Lstm", 13), (lstm.OpType, lstm.Inputs.Count));
        Assert.Equal(4, lstm.Floats("recurrent_scales").Length);
    }

    [Fact]
    public void States_in_an_onnx_file_that_do_not_fit_its_graph_are_named()
    {
        ModelGraph graph = TfLiteReader.Read(Accumulator(TfLiteForm.Int8));
        graph.Metadata[StateMetadata.Key] = """[{"input":"nothing","output":"v"}]""";
        graph.States.Clear();
        graph.RemoveDeadNodes();
        graph.Nodes.Clear();
        graph.Outputs.Clear();
        GraphFormatException e = Assert.Throws<GraphFormatException>(() => OnnxReader.Read(OnnxWriter.Write(graph), "file"));
        Assert.Contains("metadata 'edge.states'", e.Message, StringComparison.Ordinal);
        Assert.Contains("'nothing' is no input", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1L << 40, 1L << 40)]
    [InlineData(1L << 20, 1L << 10)]
    [InlineData(-5, 3)]
    public void A_state_that_an_onnx_file_makes_enormous_is_refused_before_there_is_memory_of_it(long height, long width)
    {
        var graph = new ModelGraph();
        graph.Inputs.Add(new ValueInfo("before", ElementType.Int8, [height, width]));
        graph.Outputs.Add(new ValueInfo("after", ElementType.Int8, [height, width]));
        graph.Metadata[StateMetadata.Key] = """[{"input":"before","output":"after","initial":1}]""";
        GraphFormatException e = Assert.Throws<GraphFormatException>(() => StateMetadata.Read(graph, "file"));
        Assert.Contains("State before: Int8", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_graph_with_states_is_not_quantized()
    {
        GraphFormatException e = Assert.Throws<GraphFormatException>(() => TfLiteReader.Read(Accumulator(TfLiteForm.Float)).RequireFloatNetwork());
        Assert.Contains("from step to step", e.Message, StringComparison.Ordinal);
        Assert.Contains("give the .tflite file to `edgec import`", e.Message, StringComparison.Ordinal);
    }

    /// <summary>A memory of two frames, pushed one on; the result is the sum of its newest frame before and after.</summary>
    internal static byte[] Accumulator(TfLiteForm form)
    {
        var sketch = new TfLiteSketch(form);
        int x = sketch.Input(1, 1, 3);
        (int handle, int before) = Variable(sketch, "memory", [1, 2, 3]);
        int joined = sketch.Add(Concatenation, [before, x], sketch.Value(1, 3, 3), 10, o => o.Int32(0, 1));
        int tail = sketch.Add(StridedSlice, [joined, sketch.Integers(0, 1, 0), sketch.Integers(0, 3, 0), sketch.Integers(1, 1, 1)], sketch.Value(1, 2, 3), 32, o => o.Int32(0, 5).Int32(1, 5));
        sketch.File.Operator(AssignVariable, 1, [handle, tail], []);
        int after = sketch.Value(1, 2, 3);
        sketch.File.Operator(ReadVariable, 1, [handle], [after]);
        int sum = sketch.Add(Add, [before, after], sketch.Value(1, 2, 3), 11);
        int newest = sketch.Add(StridedSlice, [sum, sketch.Integers(0, 1, 0), sketch.Integers(0, 2, 0), sketch.Integers(1, 1, 1)], sketch.Value(1, 1, 3), 32, o => o.Int32(0, 5).Int32(1, 5));
        return Initialized(sketch, newest, ("memory", [1, 1, 1, 2, 3, 4]));
    }

    private static (int Handle, int Read) Variable(TfLiteSketch sketch, string name, int[] shape)
    {
        int handle = sketch.File.Tensor($"{name}.handle", [], TfLiteType.Resource), read = sketch.Value(shape);
        sketch.File.Operator(VarHandle, 1, [], [handle], 111, o => o.Text(1, name));
        sketch.File.Operator(ReadVariable, 1, [handle], [read]);
        return (handle, read);
    }

    /// <summary>The file with one output and a CALL_ONCE of a subgraph that gives variables their first values, in steps.</summary>
    private static byte[] Initialized(TfLiteSketch sketch, int output, params (string Name, sbyte[] Steps)[] variables)
    {
        sketch.File.Outputs(output);
        sketch.File.Operator(CallOnce, 1, [], [], 103, o => o.Int32(0, 1));
        sketch.File.Subgraph("init");
        foreach ((string name, sbyte[] steps) in variables)
        {
            int[] shape = steps.Length == 3 ? [1, 3] : [1, 2, 3];
            int handle = sketch.File.Tensor($"{name}.handle", [], TfLiteType.Resource);
            int value = sketch.Form == TfLiteForm.Int8
                ? sketch.File.Tensor($"{name}.first", shape, TfLiteType.Int8, [TfLiteSketch.Scale], [TfLiteSketch.ZeroPoint], data: MemoryMarshal.AsBytes<sbyte>(Array.ConvertAll(steps, q => (sbyte)(q + (steps.Length == 3 ? 0 : TfLiteSketch.ZeroPoint)))).ToArray())
                : sketch.File.Floats($"{name}.first", shape, Array.ConvertAll(steps, q => (float)q));
            sketch.File.Operator(VarHandle, 1, [], [handle], 111, o => o.Text(1, name));
            sketch.File.Operator(AssignVariable, 1, [handle, value], []);
        }

        return sketch.File.Build();
    }

    private static int Lstm(TfLiteSketch sketch)
    {
        int x = sketch.Input(1, 4, 3), output = sketch.Value(1, 4, 2);
        int[] gates = [.. Enumerable.Range(0, 4).Select(_ => sketch.Weights(-1, 2, 3)), .. Enumerable.Range(0, 4).Select(_ => sketch.Weights(-1, 2, 2))];
        int[] biases = [.. Enumerable.Range(0, 4).Select(_ => sketch.Bias(2))];
        int hidden = sketch.Form == TfLiteForm.Int8
            ? sketch.File.Tensor("hidden", [1, 2], TfLiteType.Int8, [TfLiteSketch.Scale], [TfLiteSketch.ZeroPoint], variable: true)
            : sketch.File.Tensor("hidden", [1, 2], TfLiteType.Float32, variable: true);
        int cell = sketch.Form == TfLiteForm.Int8
            ? sketch.File.Tensor("cell", [1, 2], TfLiteType.Int16, [1f / 2048], variable: true)
            : sketch.File.Tensor("cell", [1, 2], TfLiteType.Float32, variable: true);
        int[] inner = sketch.Form == TfLiteForm.Int8 ? [-1, -1, -1, -1, sketch.Value(1, 2)] : [];
        sketch.File.Operator(
            UnidirectionalSequenceLstm, 1, [x, .. gates, -1, -1, -1, .. biases, -1, -1, hidden, cell, -1, -1, -1, -1], [output], 71, o => o.Byte(0, 4), inner);
        return output;
    }

    private static void Check(byte[] file, int elements, int steps)
    {
        ModelGraph graph = OnnxReader.Read(OnnxWriter.Write(TfLiteReader.Read(file)));
        var expected = new FloatInterpreter(TfLiteModel.Read(file, "file"));
        var random = new Random(4);
        float[][] given = [.. Enumerable.Range(0, steps).Select(_ => Enumerable.Range(0, elements).Select(_ => random.NextSingle() - 0.5f).ToArray())];
        double[] wanted = [.. given.SelectMany(step => expected.Run(Array.ConvertAll(step, value => (double)value)))];
        Assert.All(wanted.Zip(Run(graph, given)), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    /// <summary>Steps in steps of the int8 scale, or as they are.</summary>
    private static float[] Run(ModelGraph graph, float[][] steps)
    {
        using var runner = new OnnxModelRunner(graph, "file");
        float unit = runner.InputRange is { } range ? (float)range.Step : 1;
        var answers = new List<float>();
        foreach (float[] step in steps)
        {
            var tensor = OnnxTensor.Of(graph.Inputs[0].StaticShape!, Array.ConvertAll(step, value => value * unit));
            runner.Run(new CalibrationSample("step", new Dictionary<string, OnnxTensor> { ["x"] = tensor }), shown => answers.AddRange(shown.Name == runner.Output ? shown.Values : []));
        }

        return [.. answers];
    }
}
