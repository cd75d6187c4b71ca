using Edge.Inference;
using Edge.Quantization.Calibration;
using Edge.Quantization.Compilation;

namespace Edge.Quantization.Tests.Recipes;

/// <summary>Every operator that the training parts know gives the engine's integers, in plans made for it alone.</summary>
public sealed class ExactOperatorsTests : IDisposable
{
    private const int Clips = 6, Frames = 7, Width = 4, Channels = 6;

    private readonly string folder = Directory.CreateTempSubdirectory("edge-operators-").FullName;
    private readonly Random random = new(5);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void They_give_the_integers_of_the_engine()
    {
        PythonScript.Require();
        foreach (ElementType type in new[] { ElementType.Int8, ElementType.Int16 })
        {
            Write($"convolution-{type}", type, (draft, x) => Layer(draft, "convolution", x, [5, 3, 2, Channels], [1, 3, 2, 5], 36,
                ("strideHeight", [2]), ("dilationHeight", [2]), ("padTop", [3]), ("padLeft", [1]), ("padRight", [0]), ("strideWidth", [2])));
            Write($"depthwise-{type}", type, (draft, x) => Layer(draft, "depthwise-convolution", x, [3, 3, 2 * Channels], [1, Frames, Width, 2 * Channels], 9,
                ("padTop", [1]), ("padBottom", [1]), ("padLeft", [1]), ("padRight", [1])));
            Write($"fully-connected-{type}", type, (draft, x) => Layer(draft, "fully-connected", x, [9, Channels], [1, Frames, Width, 9], Channels));
            Write($"add-{type}", type, (draft, x) => Add(draft, "add", x, Requantized(draft, x, ElementType.Int8, 0.07, -5)));
            Write($"multiply-{type}", type, (draft, x) => Scaled(draft, "multiply", [x, Constant(draft, [Width, Channels])], x.Shape, 0.09, scale => Factor("outputMultiplier", x.Scale * 0.02 / scale)));
            Write($"mean-{type}", type, (draft, x) => Scaled(draft, "mean", [x], [1, 1, 1, Channels], 0.02, scale => Factor("multiplier", x.Scale / scale)));
            Write($"product-{type}", type, (draft, x) => Scaled(
                draft, "batch-matmul", [x, x], [1, Frames, Width, Frames], 0.5, scale => [("transposeB", [1]), .. Factor("multiplier", x.Scale * x.Scale / scale)]));
            Write($"product-as-is-{type}", type, (draft, x) => Scaled(
                draft, "batch-matmul", [Turned(draft, x), x], [1, Channels, Width, Channels], 0.5, scale => [("transposeB", [0]), .. Factor("multiplier", x.Scale * x.Scale / scale)]));
            Write($"layer-norm-{type}", type, (draft, x) => Normalized(draft, "layer-norm", x));
            Write($"instance-norm-{type}", type, (draft, x) => Normalized(draft, "instance-norm", x));
            Write($"softmax-{type}", type, (draft, x) => Then(draft, "softmax", [x], draft.AddActivation("y", x.Shape, 1 / 256.0, -128), Factor("multiplier", 0.7 * x.Scale * (1 << 26))));
            Write($"moves-{type}", type, Moves);
        }

        Write("subtract", ElementType.Int8, (draft, x) => Add(draft, "subtract", x, Constant(draft, [Channels])));
        Write("subtract-from-constant", ElementType.Int8, (draft, x) => Add(draft, "subtract", Constant(draft, [Channels]), x));
        Write("four-bits", ElementType.Int8, (draft, x) => Layer(draft, "fully-connected", x, [9, Channels], [1, Frames, Width, 9], 1, weightBits: 4));
        Write("max-pool", ElementType.Int8, (draft, x) => Then(draft, "max-pool", [x], Like(draft, x, [1, 4, 3, Channels], x.Scale), Window));
        Write("average-pool", ElementType.Int8, (draft, x) => Then(draft, "average-pool", [x], Like(draft, x, [1, 4, 3, Channels], x.Scale), Window));
        Write("table", ElementType.Int8, (draft, x) => Then(draft, "table", [x, draft.AddConstant("f", [256], Noise(256))], draft.AddActivation("y", x.Shape, 0.03, 7)));

        Write("table-16-to-8", ElementType.Int16, (draft, x) => Then(draft, "table", [x, draft.AddConstant("f", [65_536], Noise(65_536))], draft.AddActivation("y", x.Shape, 0.03, 7)));
        foreach (ElementType type in new[] { ElementType.Int8, ElementType.Int16 })
        {
            short[] table = [.. Enumerable.Range(0, 1 << (8 * type.Bytes())).Select(_ => (short)random.Next(short.MinValue, short.MaxValue + 1))];
            Write($"table-to-16-{type}", type, (draft, x) => Then(
                draft, "table", [x, draft.AddConstant("f", [table.Length], table)], draft.AddActivation("y", x.Shape, 0.0004, 0, type: ElementType.Int16)));
        }

        PythonScript.RunTest("exact_operators.py", folder);
    }

    [Fact]
    public void What_remembers_gives_them_over_whole_clips_and_step_by_step_with_and_without_delay()
    {
        PythonScript.Require();
        foreach (int? delay in new int?[] { null, 0, 3 })
        {
            WriteStream($"history-{delay}", delay, (draft, x, clock) =>
            {
                DraftTensor past = draft.AddActivation("past", [1, 6, Width, Channels], x.Scale, x.ZeroPoint, TensorStorage.State);
                draft.AddOperator(new DraftOperator("history", [x], past, Delayed(delay)) { States = clock });
                return Layer(draft, "convolution", past, [5, 5, 2, Channels], [1, 2, 3, 5], 60);
            });
            foreach (ElementType type in new[] { ElementType.Int8, ElementType.Int16 })
            {
                WriteStream($"running-mean-{type}-{delay}", delay, (draft, x, clock) =>
                {
                    DraftTensor source = type == ElementType.Int8 ? x : Requantized(draft, x, type, 0.0004, 0);
                    DraftTensor sums = draft.AddActivation("sums", [Width, Channels], 0, 0, TensorStorage.State, ElementType.Int32);
                    DraftTensor count = draft.AddActivation("count", [1], 0, 0, TensorStorage.State, ElementType.Int32);
                    DraftTensor y = draft.AddActivation("y", source.Shape, 0.02, -7);
                    draft.AddOperator(new DraftOperator("running-mean", [source], y, [.. Factor("multiplier", source.Scale / y.Scale), .. Delayed(delay)]) { States = [sums, count, .. clock] });
                    return y;
                });
            }

            WriteStream($"softmax-pool-{delay}", delay, (draft, x, clock) =>
            {
                DraftTensor logits = Requantized(draft, x, ElementType.Int8, 0.06, 5);
                DraftTensor sums = draft.AddActivation("sums", [2, Width, Channels, 2], 0, 0, TensorStorage.State, ElementType.Int32);
                DraftTensor largest = draft.AddActivation("largest", [Width, Channels], 0.06, 5, TensorStorage.State);
                DraftTensor y = draft.AddActivation("y", [1, 1, Width, Channels], 0.04, 9);
                draft.AddOperator(new DraftOperator(
                    "softmax-pool", [x, logits], y, [.. Factor("multiplier", 0.06 * (1 << 26)), .. Factor("outputMultiplier", x.Scale / y.Scale / (1 << 20)), .. Delayed(delay)])
                { States = [sums, largest, .. clock] });
                return y;
            });
            WriteStream($"legendre-memory-{delay}", delay, (draft, x, clock) =>
            {
                const int order = 5;
                DraftTensor u = Layer(draft, "fully-connected", Reshaped(draft, x, [1, 2, 1, Width * Channels]), [1, Width * Channels], [1, 2, 1, 1], Width * Channels);
                short[] matrix = [.. Enumerable.Range(0, order * order).Select(i => (short)(i % (order + 1) == 0 ? 3_000 : random.Next(-500, 500)))];
                DraftTensor a = draft.AddConstant("a", [order, order], matrix), b = draft.AddConstant("b", [order], new short[] { 2_000, -3_000, 1_500, 9_000, 700 });
                DraftTensor shifts = draft.AddConstant("shifts", [2, order], [12, 12, 13, 12, 12, 0, 1, -2, 0, -1]);
                DraftTensor m = draft.AddActivation("m", [1, 2, 1, order], 0.001, 0, type: ElementType.Int16);
                DraftTensor state = draft.AddActivation("state", [order], 0.001, 0, TensorStorage.State, ElementType.Int16);
                draft.AddOperator(new DraftOperator("legendre-memory", [u, a, b, shifts], m, Delayed(delay)) { States = [state, .. clock] });
                return Requantized(draft, m, ElementType.Int8, 0.004, 0);
            });
            WriteStream($"spikes-{delay}", delay, (draft, x, clock) =>
            {
                DraftTensor spikes = draft.AddActivation("spikes", x.Shape, 1, 0);
                DraftTensor membrane = draft.AddActivation("membrane", [Width, Channels], 0.001, 0, TensorStorage.State, ElementType.Int16);
                draft.AddOperator(new DraftOperator(
                    "leaky-integrate-and-fire", [x], spikes, [.. Factor("leakMultiplier", 0.7), .. Factor("chargeMultiplier", 0.3 * x.Scale / 0.001), ("threshold", [900]), .. Delayed(delay)])
                { States = [membrane, .. clock] });
                return Layer(draft, "fully-connected", Reshaped(draft, spikes, [1, 2, 1, Width * Channels]), [3, Width * Channels], [1, 2, 1, 3], 0.02); // spikes are 0 and 1
            });
        }

        WriteStream("newest", null, (draft, x, _) =>
        {
            DraftTensor y = Layer(draft, "fully-connected", x, [3, Channels], [1, 2, Width, 3], Channels), newest = Like(draft, y, [1, 1, Width, 3], y.Scale);
            draft.AddOperator("slice", [y], newest, ("begin", [0, 1, 0, 0]), ("stride", [1, 1, 1, 1]));
            DraftTensor past = draft.AddActivation("past", [1, 2, Width, 3], y.Scale, y.ZeroPoint, TensorStorage.State);
            draft.AddOperator("history", [newest], past);
            return Layer(draft, "convolution", past, [5, 2, 2, 3], [1, 1, 3, 5], 12);
        });

        PythonScript.RunTest("exact_operators.py", folder);
    }

    /// <summary>The value so many frames later, as a network that looks ahead has it: the oldest frames of a history that knows the sound's end.</summary>
    private static DraftTensor Late(PlanDraft draft, DraftTensor x, int frames)
    {
        DraftTensor past = draft.AddActivation("late.history", [1, frames + 2, Width, Channels], x.Scale, x.ZeroPoint, TensorStorage.State);
        DraftTensor clock = draft.AddActivation("late.clock", [2], 0, 0, TensorStorage.State, ElementType.Int32);
        draft.AddOperator(new DraftOperator("history", [x], past, Delayed(0)) { States = [clock] });
        return Then(draft, "slice", [past], Like(draft, x, x.Shape, x.Scale), ("begin", [0, 0, 0, 0]), ("stride", [1, 1, 1, 1]));
    }

    private static (string, int[])[] Delayed(int? delay) => delay is { } frames ? [("delay", [frames])] : [];

    private static DraftTensor Reshaped(PlanDraft draft, DraftTensor x, int[] shape) => Then(draft, "reshape", [x], Like(draft, x, shape, x.Scale));

    /// <summary>A plan that takes two frames a step, with the engine's scores of clips of several lengths.</summary>
    private void WriteStream(string name, int? delay, Func<PlanDraft, DraftTensor, DraftTensor[], DraftTensor> build)
    {
        int[] lengths = delay is null ? [20, 20, 20, 20] : [20, 19, 7, 1];
        var draft = new PlanDraft { DelaySteps = delay is > 0 ? 2 : 0 };
        draft.Input = draft.AddActivation("x", [1, 2, 1, Width * Channels], 0.05, 3);
        DraftTensor x = Reshaped(draft, draft.Input, [1, 2, Width, Channels]);
        draft.Output = build(draft, delay is > 0 and var frames ? Late(draft, x, frames) : x, delay is null ? [] : [draft.AddActivation("clock", [2], 0, 0, TensorStorage.State, ElementType.Int32)]);
        MemoryPlanner.Place(draft);
        int frame = Width * Channels;
        sbyte[] features = Noise(lengths.Length * lengths[0] * frame);
        int steps = lengths[0] / 2, outputs = draft.Output.Shape.Aggregate(1, (product, size) => product * size);
        var scores = new sbyte[lengths.Length * steps * outputs];
        for (int clip = 0; clip < lengths.Length; clip++)
        {
            StreamingProof.Run(draft, features.AsSpan(clip * lengths[0] * frame, lengths[clip] * frame)).CopyTo(scores, clip * steps * outputs);
        }

        File.WriteAllBytes(Path.Combine(folder, $"{name}.edge"), EdgeFile.Write(draft, name, []));
        Save($"{name}.features.npy", features, lengths[0], frame);
        Save($"{name}.scores.npy", scores, steps, outputs);
        Save($"{name}.lengths.npy", [.. lengths.Select(length => (sbyte)length)]);
    }

    private static (string, int[])[] Window => [("kernelHeight", [3]), ("kernelWidth", [2]), ("strideHeight", [2]), ("strideWidth", [2]), ("padTop", [1]), ("padBottom", [1]), ("padRight", [1]), ("padLeft", [1])];

    /// <summary>A plan of an operator between an int8 input, brought to <paramref name="type"/>, and an int8 output, with the engine's scores of random clips.</summary>
    private void Write(string name, ElementType type, Func<PlanDraft, DraftTensor, DraftTensor> build)
    {
        var draft = new PlanDraft();
        draft.Input = draft.AddActivation("x", [1, Frames, 1, Width * Channels], 0.05, 3);
        DraftTensor x = draft.AddActivation("reshaped", [1, Frames, Width, Channels], 0.05, 3);
        draft.AddOperator("reshape", [draft.Input], x);
        DraftTensor y = build(draft, type == ElementType.Int8 ? x : Requantized(draft, x, type, 0.0004, 0));
        draft.Output = y.Type == ElementType.Int8 ? y : Requantized(draft, y, ElementType.Int8, 100 * y.Scale, -3);
        MemoryPlanner.Place(draft);
        sbyte[] features = Noise(Clips * Frames * Width * Channels);
        sbyte[] scores = StreamingProof.Run(draft, features);
        File.WriteAllBytes(Path.Combine(folder, $"{name}.edge"), EdgeFile.Write(draft, name, []));
        Save($"{name}.features.npy", features, Frames, Width * Channels);
        Save($"{name}.scores.npy", scores, scores.Length / Clips);
    }

    private void Save(string file, sbyte[] values, params ReadOnlySpan<long> dims)
    {
        using NpyWriter writer = NpyWriter.Create<sbyte>(Path.Combine(folder, file), dims);
        writer.Write<sbyte>(values);
        writer.Complete();
    }

    private DraftTensor Layer(PlanDraft draft, string kind, DraftTensor x, int[] weights, int[] shape, double taps, params (string, int[])[] attributes) =>
        Layer(draft, kind, x, weights, shape, taps, 8, attributes);

    private DraftTensor Layer(PlanDraft draft, string kind, DraftTensor x, int[] weights, int[] shape, double taps, int weightBits, params (string, int[])[] attributes)
    {
        int outputs = shape[3];
        sbyte[] values = Noise(weights.Aggregate(1, (product, size) => product * size), weightBits);
        int[] bias = [.. Enumerable.Range(0, outputs).Select(_ => random.Next(-3_000, 3_000))];
        (string Name, int[] Values)[][] factors = [.. Enumerable.Range(0, outputs).Select(_ =>
            Factor("m", (0.6 + random.NextDouble()) / (weightBits == 4 ? 8 : 100) / Math.Sqrt(taps)))];
        DraftTensor stored = weightBits == 4 ? draft.AddInt4Constant("w", weights, values) : draft.AddConstant("w", weights, values);
        DraftTensor y = Like(draft, x, shape, x.Type == ElementType.Int16 ? 0.0004 : 0.05);
        (string, int[])[] range = x.Type == ElementType.Int8 ? [("activationMin", [y.ZeroPoint]), ("activationMax", [100])] : [];
        draft.AddOperator(
            kind,
            [x, stored, draft.AddConstant("b", [outputs], bias), draft.AddConstant("q", [2, outputs], [.. factors.Select(f => f[0].Values[0]), .. factors.Select(f => f[1].Values[0])])],
            y, [.. attributes, .. range]);
        return y;
    }

    private DraftTensor Normalized(PlanDraft draft, string kind, DraftTensor x)
    {
        (string, int[] Values)[][] factors = [.. Enumerable.Range(0, Channels).Select(_ => Factor("m", 20 + 20 * random.NextDouble()))];
        int[] gamma = [.. factors.Select((f, c) => c == 2 ? -f[0].Values[0] : f[0].Values[0]), .. factors.Select(f => f[1].Values[0])];
        int[] beta = [.. Enumerable.Range(0, Channels).Select(_ => random.Next(-1_000_000, 1_000_000))];
        DraftTensor y = draft.AddActivation("y", x.Shape, 0.03, -4);
        draft.AddOperator(kind, [x, draft.AddConstant("gamma", [2, Channels], gamma), draft.AddConstant("beta", [Channels], beta)], y, Factor("epsilon", 1e-5 / (x.Scale * x.Scale)));
        return y;
    }

    /// <summary>Slice with strides, pad, concatenate and transpose, one behind the other.</summary>
    private static DraftTensor Moves(PlanDraft draft, DraftTensor x)
    {
        DraftTensor sliced = Like(draft, x, [1, 3, 4, 2], x.Scale), padded = Like(draft, x, [1, 5, 4, 2], x.Scale);
        int step = x.Type == ElementType.Int8 ? 2 : 1; // of int16 the innermost stride is 1
        draft.AddOperator("slice", [x], sliced, ("begin", [0, 1, 0, 1]), ("stride", [1, 2, 1, step]));
        draft.AddOperator("pad", [sliced], padded, ("before", [0, 1, 0, 0]));
        DraftTensor joined = Like(draft, x, [1, 5, 8, 2], x.Scale), turned = Like(draft, x, [1, 2, 5, 8], x.Scale);
        draft.AddOperator("concatenate", [padded, padded], joined, ("axis", [2]));
        draft.AddOperator("transpose", [joined], turned, ("axes", [0, 3, 1, 2]));
        return turned;
    }

    /// <summary>Channels as frames and frames as channels.</summary>
    private static DraftTensor Turned(PlanDraft draft, DraftTensor x) =>
        Then(draft, "transpose", [x], Like(draft, x, [1, Channels, Width, Frames], x.Scale), ("axes", [0, 3, 2, 1]));

    private static DraftTensor Then(PlanDraft draft, string kind, DraftTensor[] inputs, DraftTensor y, params (string, int[])[] attributes)
    {
        draft.AddOperator(kind, inputs, y, attributes);
        return y;
    }

    /// <summary>An operator whose output has a scale of its own, finer where it has 16 bits.</summary>
    private static DraftTensor Scaled(PlanDraft draft, string kind, DraftTensor[] inputs, int[] shape, double scale, Func<double, (string, int[])[]> attributes)
    {
        DraftTensor y = Like(draft, inputs[0], shape, inputs[0].Type == ElementType.Int16 ? scale / 100 : scale);
        return Then(draft, kind, inputs, y, attributes(y.Scale));
    }

    private DraftTensor Add(PlanDraft draft, string kind, DraftTensor a, DraftTensor b)
    {
        double common = 2 * Math.Max(a.Scale, b.Scale);
        DraftTensor large = a.Shape.Length == 4 ? a : b;
        DraftTensor y = Like(draft, large, large.Shape, 0.65 * common / (large.Type == ElementType.Int16 ? 100 : 1));
        draft.AddOperator(kind, [a, b], y,
            [.. Factor("multiplier1", a.Scale / common), .. Factor("multiplier2", b.Scale / common), .. Factor("outputMultiplier", common / ((1 << 20) * y.Scale))]);
        return y;
    }

    private DraftTensor Constant(PlanDraft draft, int[] shape) => draft.AddConstant("c", shape, Noise(shape.Aggregate(1, (product, size) => product * size)), 0.02, -9);

    private static DraftTensor Requantized(PlanDraft draft, DraftTensor x, ElementType type, double scale, int zeroPoint)
    {
        DraftTensor y = draft.AddActivation($"{x.Name}.{type}", x.Shape, scale, zeroPoint, type: type);
        draft.AddOperator("requantize", [x], y, Factor("multiplier", x.Scale / scale));
        return y;
    }

    /// <summary>An activation of the type of another, with a zero point where it may have one.</summary>
    private static DraftTensor Like(PlanDraft draft, DraftTensor x, int[] shape, double scale) =>
        draft.AddActivation("y", shape, scale, x.Type == ElementType.Int16 ? 0 : scale == x.Scale ? x.ZeroPoint : -11, type: x.Type);

    private static (string Name, int[] Values)[] Factor(string name, double factor)
    {
        (int multiplier, int shift) = FixedPointDesign.QuantizeMultiplier(factor);
        return [(name, [multiplier]), ($"{name}Shift", [shift])];
    }

    private sbyte[] Noise(int count, int bits = 8)
    {
        int limit = (1 << (bits - 1)) - 1;
        return [.. Enumerable.Range(0, count).Select(_ => (sbyte)random.Next(-limit, limit + 1))];
    }
}
