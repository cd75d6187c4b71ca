using Edge.Inference;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Tests.Compilation;

/// <summary>Graphs that keep values from step to step by themselves.</summary>
public class StatesTests
{
    private const int Frames = 3;
    private const int Features = 4;

    [Fact]
    public void The_tail_of_a_joined_state_that_is_kept_is_one_history()
    {
        var sketch = new QdqSketch(0.1f, 5, 1, Frames, Features);
        string state = State(sketch, 2);
        string joined = sketch.Add("Concat", [state, sketch.X], 0.1f, 5, ("axis", 1L));
        Keep(sketch, Tail(sketch, joined, Frames));

        PlanDraft draft = Lowering.Run(sketch.Build(joined), PlanForm.Streaming, Frames);

        DraftOperator history = Assert.Single(draft.Operators);
        Assert.Equal(("history", TensorStorage.State), (history.Kind, draft.Output!.Storage));
        Assert.Equal([1, Frames + 2, 1, Features], draft.Output.Shape);
        Stream(draft, (past, newest) => [.. past.TakeLast(2 * Features), .. newest], zero: 5);
    }

    [Theory]
    [InlineData(2)] // oldest frames of what was joined: not its tail
    [InlineData(0)]
    public void A_state_that_is_kept_otherwise_is_copied_after_all_have_read_it(int first)
    {
        var sketch = new QdqSketch(0.1f, 5, 1, Frames, Features);
        string state = State(sketch, 2);
        string joined = sketch.Add("Concat", [state, sketch.X], 0.1f, 5, ("axis", 1L));
        Keep(sketch, sketch.Add("Slice", [joined, sketch.Constant(Tensor.Vector(first)), sketch.Constant(Tensor.Vector(first + 2)), sketch.Constant(Tensor.Vector(1))], 0.1f, 5));
        string sum = sketch.Add("Concat", [joined, state], 0.1f, 5, ("axis", 1L)); // reads the state again, after what is assigned was made

        PlanDraft draft = Lowering.Run(sketch.Build(sum), PlanForm.Streaming, Frames);

        Assert.Equal("history", draft.Operators[^1].Kind);
        sbyte[] state2 = [5, 5, 5, 5, 5, 5, 5, 5];
        using Model model = Model.Load(EdgeFile.Write(draft, "states", []), "states");
        Session session = model.CreateSession();
        foreach (sbyte[] newest in Steps(5))
        {
            newest.CopyTo(session.Input);
            session.Step();
            sbyte[] all = [.. state2, .. newest];
            Assert.Equal([.. all, .. state2], session.Output.ToArray());
            state2 = all[(first * Features)..((first + 2) * Features)];
        }
    }

    [Fact]
    public void A_state_may_become_what_another_one_was()
    {
        // First keeps the newest frame, second what first was: the output is the frame of two steps ago.
        var sketch = new QdqSketch(0.1f, 5, 1, 1, Features);
        string first = State(sketch, 1, "first"), second = State(sketch, 1, "second");
        string y = sketch.Add("Concat", [second, first, sketch.X], 0.1f, 5, ("axis", 2L));
        sketch.Graph.States[0] = sketch.Graph.States[0] with { Output = "x.int8" };
        sketch.Graph.States[1] = sketch.Graph.States[1] with { Output = "first" };

        PlanDraft draft = Lowering.Run(sketch.Build(y), PlanForm.Streaming, 1);

        Stream(draft, (past, newest) => [.. past.TakeLast(2 * Features), .. newest], zero: 5, frames: 1);
    }

    [Fact]
    public void A_joined_state_lies_in_memory_as_what_it_is_joined_to_whatever_axes_the_graph_gives_it()
    {
        // [1, 4, 2, 1] by channels, time, width; the newest frames come as [1, time, channels].
        var sketch = new QdqSketch(0.1f, 5, 1, Frames, Features);
        string state = State(sketch, 2, "s", 1, Features, 2, 1);
        string x = sketch.Add("Unsqueeze", [sketch.Add("Transpose", [sketch.X], 0.1f, 5, ("perm", new long[] { 0, 2, 1 })), sketch.Constant(Tensor.Vector(3))], 0.1f, 5);
        string joined = sketch.Add("Concat", [state, x], 0.1f, 5, ("axis", 2L));
        Keep(sketch, sketch.Add("Slice", [joined, sketch.Constant(Tensor.Vector(-2)), sketch.Constant(Tensor.Vector(long.MaxValue)), sketch.Constant(Tensor.Vector(2))], 0.1f, 5));

        PlanDraft draft = Lowering.Run(sketch.Build(joined), PlanForm.Streaming, Frames);

        Assert.Equal(["history"], draft.Operators.Select(op => op.Kind));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_state_begins_as_the_graph_says_in_the_graphs_order_of_axes(bool channelsFirst)
    {
        var sketch = new QdqSketch(0.1f, 5, 1, Frames, Features);
        sbyte[] frames = [1, 2, 3, 4, 11, 12, 13, 14];
        string state = channelsFirst ? State(sketch, 2, "s", 1, Features, 2) : State(sketch, 2);
        string x = channelsFirst ? sketch.Add("Transpose", [sketch.X], 0.1f, 5, ("perm", new long[] { 0, 2, 1 })) : sketch.X;
        string joined = sketch.Add("Concat", [state, x], 0.1f, 5, ("axis", channelsFirst ? 2L : 1L));
        (string first, string all, string axis) = (sketch.Constant(Tensor.Vector(Frames)), sketch.Constant(Tensor.Vector(long.MaxValue)), sketch.Constant(Tensor.Vector(channelsFirst ? 2 : 1)));
        Keep(sketch, sketch.Add("Slice", [joined, first, all, axis], 0.1f, 5));
        sketch.Graph.States[0] = sketch.Graph.States[0] with
        {
            Initial = channelsFirst ? Tensor.Of([1, Features, 2], new sbyte[] { 1, 11, 2, 12, 3, 13, 4, 14 }) : Tensor.Of([1, 2, Features], frames),
        };

        PlanDraft draft = Lowering.Run(sketch.Build(joined), PlanForm.Streaming, Frames);

        Assert.Equal(["history"], draft.Operators.Select(op => op.Kind));
        Stream(draft, (past, newest) => [.. past.TakeLast(2 * Features), .. newest], zero: 5, before: frames);
    }

    [Fact]
    public void A_state_that_is_copied_begins_as_the_graph_says()
    {
        var sketch = new QdqSketch(0.1f, 5, 1, 1, Features);
        string y = sketch.Add("Concat", [State(sketch, 1), sketch.X], 0.1f, 5, ("axis", 2L));
        sketch.Graph.States[0] = new GraphState("s", "x.int8", Tensor.Of([1, 1, Features], new sbyte[] { 1, 2, 3, 4 }));

        PlanDraft draft = Lowering.Run(sketch.Build(y), PlanForm.Streaming, 1);

        Stream(draft, (past, newest) => [.. past.TakeLast(Features), .. newest], zero: 5, frames: 1, before: [1, 2, 3, 4]);
    }

    [Fact]
    public void A_state_that_begins_as_something_else_than_it_is_is_refused()
    {
        var sketch = new QdqSketch(0.1f, 5, 1, Frames, Features);
        string y = sketch.Add("Concat", [State(sketch, 2), sketch.X], 0.1f, 5, ("axis", 1L));
        sketch.Graph.States[0] = new GraphState("s", "x.int8", Tensor.Of([1, 1, Features], new sbyte[] { 1, 2, 3, 4 }));

        var error = Assert.Throws<GraphFormatException>(() => Lowering.Run(sketch.Build(y), PlanForm.Streaming, Frames));

        Assert.Contains("state 's': begins as Int8 [1, 1, 4]; expected Int8 [1, 2, 4].", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_in_another_scale_than_it_is_read_with_is_refused()
    {
        var sketch = new QdqSketch(0.1f, 5, 1, Frames, Features);
        string state = State(sketch, Frames);
        string y = sketch.Add("Add", [state, sketch.X], 0.2f, 0);
        sketch.Graph.States[0] = sketch.Graph.States[0] with { Output = y.Replace(".dequantized", ".int8", StringComparison.Ordinal) };

        var error = Assert.Throws<GraphFormatException>(() => Lowering.Run(sketch.Build(y), PlanForm.Streaming, Frames));

        Assert.Contains("is read with scale 0.1, zero point 5, and written with 0.2, 0", error.Message, StringComparison.Ordinal);
    }

    private static string State(QdqSketch sketch, int frames, string name = "s", params Dimension[] shape)
    {
        sketch.Graph.States.Add(new GraphState(name, "", null));
        sketch.Graph.ValueInfos[name] = new ValueInfo(name, Graph.ElementType.Int8, shape.Length > 0 ? shape : [1, frames, Features]);
        (string s, string z) = (sketch.Constant(Tensor.Of([], [0.1f])), sketch.Constant(Tensor.Of([], [(sbyte)5])));
        sketch.Graph.Nodes.Add(new Node("DequantizeLinear", [name, s, z], [$"{name}.dequantized"]));
        return $"{name}.dequantized";
    }

    private static string Tail(QdqSketch sketch, string joined, int first) => sketch.Add(
        "Slice", [joined, sketch.Constant(Tensor.Vector(first)), sketch.Constant(Tensor.Vector(long.MaxValue)), sketch.Constant(Tensor.Vector(1))], 0.1f, 5);

    private static void Keep(QdqSketch sketch, string value) =>
        sketch.Graph.States[0] = sketch.Graph.States[0] with { Output = value.Replace(".dequantized", ".int8", StringComparison.Ordinal) };

    private static IEnumerable<sbyte[]> Steps(int count, int frames = Frames)
    {
        var random = new Random(3);
        for (int step = 0; step < count; step++)
        {
            yield return [.. Enumerable.Range(0, frames * Features).Select(_ => (sbyte)random.Next(-128, 128))];
        }
    }

    /// <summary>Steps over random frames; each output must be what a function of everything before and the newest frames says.</summary>
    private static void Stream(PlanDraft draft, Func<IReadOnlyList<sbyte>, sbyte[], sbyte[]> expected, int zero, int frames = Frames, params sbyte[] before)
    {
        using Model model = Model.Load(EdgeFile.Write(draft, "states", []), "states");
        Session session = model.CreateSession();
        List<sbyte> past = [.. Enumerable.Repeat((sbyte)zero, 100), .. before];
        foreach (sbyte[] newest in Steps(6, frames))
        {
            newest.CopyTo(session.Input);
            session.Step();
            Assert.Equal(expected(past, newest), session.Output.ToArray());
            past.AddRange(newest);
        }
    }
}
