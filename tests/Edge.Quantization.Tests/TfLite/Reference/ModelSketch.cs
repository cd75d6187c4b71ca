using System.Runtime.InteropServices;
using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>A value of a sketched model.</summary>
/// <param name="Tensor">Its number in the file.</param>
/// <param name="Shape">Its shape, channels last.</param>
/// <param name="Scale">Its scale.</param>
/// <param name="ZeroPoint">Its zero point.</param>
internal sealed record SketchValue(int Tensor, int[] Shape, float Scale, int ZeroPoint)
{
    public int Count => Shape.Aggregate(1, (product, size) => product * size);
}

/// <summary>Writes int8 .tflite files of a few operators whose weights, scales and zero points are random, reproducibly from a seed.</summary>
internal sealed class ModelSketch(int seed)
{
    /// <summary>Standard deviation of uniform int8 numbers.</summary>
    private const float Deviation = 74;

    private readonly TfLiteBuilder builder = new();
    private int tensors;

    public Random Random { get; } = new(seed);

    public SketchValue Input(params int[] shape)
    {
        SketchValue input = Value(shape, Scale(), ZeroPoint());
        builder.Inputs(input.Tensor);
        return input;
    }

    /// <summary>The file, with a value as its output.</summary>
    public byte[] Build(SketchValue output)
    {
        builder.Outputs(output.Tensor);
        return builder.Build();
    }

    public int Pick(params ReadOnlySpan<int> choices) => choices[Random.Next(choices.Length)];

    /// <summary>Any of the fused activations that integer kernels know.</summary>
    public byte Activation() => (byte)Random.Next(4);

    public float Scale() => MathF.Exp((Random.NextSingle() * 6) - 5);

    public int ZeroPoint() => Random.Next(4) switch { 0 => -128, 1 => 127, _ => Random.Next(-128, 128) };

    public SketchValue Value(int[] shape, float scale, int zeroPoint) =>
        new(builder.Tensor($"value{tensors++}", shape, TfLiteType.Int8, [scale], [zeroPoint]), shape, scale, zeroPoint);

    /// <summary>An operator whose output has parameters of its own, the scale near to what fills the range.</summary>
    public SketchValue Apply(
        TfLiteOperatorCode code, int[] shape, float scale, int zeroPoint, int[] inputs, byte optionsType = 0, Action<FlatTableWriter>? options = null)
    {
        SketchValue output = Value(shape, scale, zeroPoint);
        builder.Operator(code, 1, inputs, [output.Tensor], optionsType, options);
        return output;
    }

    /// <summary>An operator that moves integers: the output has its input's parameters.</summary>
    public SketchValue Move(TfLiteOperatorCode code, SketchValue x, int[] shape, int[] constants, byte optionsType = 0, Action<FlatTableWriter>? options = null) =>
        Apply(code, shape, x.Scale, x.ZeroPoint, [x.Tensor, .. constants], optionsType, options);

    public int Numbers(params int[] values) => builder.Int32s($"numbers{tensors++}", [values.Length], values);

    public int Numbers(int[] shape, int[] values) => builder.Int32s($"numbers{tensors++}", shape, values);

    public int Number(int value) => Numbers([], [value]);

    /// <summary>SPLIT of the last axis into two.</summary>
    public (SketchValue First, SketchValue Second) Split(SketchValue x, int first, int second)
    {
        (SketchValue a, SketchValue b) = (Part(x, first), Part(x, second));
        builder.Operator(TfLiteOperatorCode.Split, 1, [Number(x.Shape.Length - 1), x.Tensor], [a.Tensor, b.Tensor], 35, o => o.Int32(0, 2));
        return (a, b);
    }

    /// <summary>SPLIT_V of an axis, the last one, into two.</summary>
    public (SketchValue First, SketchValue Second) SplitV(SketchValue x, int axis, int first, int second)
    {
        (SketchValue a, SketchValue b) = (Part(x, first), Part(x, second));
        builder.Operator(TfLiteOperatorCode.SplitV, 1, [x.Tensor, Numbers(first, second), Number(axis)], [a.Tensor, b.Tensor], 79, o => o.Int32(0, 2));
        return (a, b);
    }

    /// <summary>An operator with several outputs, all of an input's parameters.</summary>
    public SketchValue[] Cut(TfLiteOperatorCode code, SketchValue x, int[][] shapes, int[] inputs, byte optionsType, Action<FlatTableWriter>? options = null)
    {
        SketchValue[] parts = [.. shapes.Select(shape => Value(shape, x.Scale, x.ZeroPoint))];
        builder.Operator(code, 1, inputs, [.. parts.Select(part => part.Tensor)], optionsType, options);
        return parts;
    }

    /// <summary>A variable's handle.</summary>
    public int Handle(string name)
    {
        int handle = builder.Tensor($"handle{tensors++}", [], TfLiteType.Resource);
        builder.Operator(TfLiteOperatorCode.VarHandle, 1, [], [handle], 111, o => o.Text(1, name));
        return handle;
    }

    /// <summary>READ_VARIABLE of a value like another.</summary>
    public SketchValue Read(int handle, SketchValue like)
    {
        SketchValue read = Value(like.Shape, like.Scale, like.ZeroPoint);
        builder.Operator(TfLiteOperatorCode.ReadVariable, 1, [handle], [read.Tensor]);
        return read;
    }

    public void Assign(int handle, SketchValue value) => builder.Operator(TfLiteOperatorCode.AssignVariable, 1, [handle, value.Tensor], []);

    /// <summary>CALL_ONCE of the second subgraph, in front of what reads variables.</summary>
    public void CallOnce() => builder.Operator(TfLiteOperatorCode.CallOnce, 1, [], [], 103, o => o.Int32(0, 1));

    /// <summary>The file with an output, and a second subgraph that gives variables random first values.</summary>
    public byte[] BuildWithVariables(SketchValue output, params (string Name, SketchValue Like)[] variables)
    {
        builder.Outputs(output.Tensor);
        builder.Subgraph("init");
        foreach ((string name, SketchValue like) in variables)
        {
            int first = builder.Tensor($"{name}.first", like.Shape, TfLiteType.Int8, [like.Scale], [like.ZeroPoint], data: Bytes(like.Count));
            Assign(Handle(name), like with { Tensor = first });
        }

        return builder.Build();
    }

    /// <summary>A value of another type with the same shape: floats, or uint8 of a zero point 128 higher.</summary>
    public SketchValue As(TfLiteType type, SketchValue x, TfLiteOperatorCode? code = null)
    {
        int tensor = type == TfLiteType.Float32
            ? builder.Tensor($"value{tensors++}", x.Shape, type)
            : builder.Tensor($"value{tensors++}", x.Shape, type, [x.Scale], [x.ZeroPoint + (type == TfLiteType.UInt8 ? 128 : 0)]);
        if (code is { } made)
        {
            builder.Operator(made, 1, [x.Tensor], [tensor], made == TfLiteOperatorCode.Quantize ? (byte)89 : (byte)38);
        }

        return x with { Tensor = tensor };
    }

    /// <summary>Makes a value the file's input.</summary>
    public SketchValue Given(SketchValue x)
    {
        builder.Inputs(x.Tensor);
        return x;
    }

    /// <summary>Two values, the second requantized to the first's parameters, end to end along the last axis.</summary>
    public SketchValue Join(SketchValue a, SketchValue b)
    {
        SketchValue same = Apply(TfLiteOperatorCode.Quantize, b.Shape, a.Scale, a.ZeroPoint, [b.Tensor], 89);
        return Move(TfLiteOperatorCode.Concatenation, a, [.. a.Shape[..^1], a.Shape[^1] + b.Shape[^1]], [same.Tensor], 10, o => o.Int32(0, -1));
    }

    private SketchValue Part(SketchValue x, int size) => Value([.. x.Shape[..^1], size], x.Scale, x.ZeroPoint);

    /// <summary>CONV_2D, or DEPTHWISE_CONV_2D where <paramref name="depthwise"/>.</summary>
    public SketchValue Convolution(
        SketchValue x, bool depthwise, int outputs, (int H, int W) kernel, (int H, int W) stride, (int H, int W) dilation, bool same, byte activation, bool perChannel = true, bool bias = true, int groups = 1)
    {
        int[] filter = depthwise ? [1, kernel.H, kernel.W, outputs] : [outputs, kernel.H, kernel.W, x.Shape[3] / groups];
        int taps = kernel.H * kernel.W * filter[3 * (depthwise ? 0 : 1)];
        (float[] scales, int weights) = Weights(filter, perChannel ? outputs : 1, depthwise ? 3 : 0);
        int[] shape = [x.Shape[0], Outputs(x.Shape[1], kernel.H, stride.H, dilation.H, same), Outputs(x.Shape[2], kernel.W, stride.W, dilation.W, same), outputs];
        int[] inputs = bias || depthwise ? [x.Tensor, weights, Bias(outputs, taps)] : [x.Tensor, weights, -1];
        return Apply(
            depthwise ? TfLiteOperatorCode.DepthwiseConv2D : TfLiteOperatorCode.Conv2D, shape, Filling(x.Scale * scales.Average(), taps), ZeroPoint(), inputs,
            depthwise ? (byte)2 : (byte)1,
            o =>
            {
                int at = depthwise ? 1 : 0;
                o.Byte(0, same ? (byte)0 : (byte)1).Int32(1, stride.W).Int32(2, stride.H).Byte(3 + at, activation).Int32(4 + at, dilation.W).Int32(5 + at, dilation.H);
                if (depthwise)
                {
                    o.Int32(3, outputs / x.Shape[3]);
                }
            });
    }

    public SketchValue FullyConnected(SketchValue x, int outputs, byte activation, bool perChannel, bool bias = true, float stretch = 1)
    {
        int depth = x.Shape[^1];
        (float[] scales, int weights) = Weights([outputs, depth], perChannel ? outputs : 1, 0);
        return Apply(
            TfLiteOperatorCode.FullyConnected, [.. x.Shape[..^1], outputs], Filling(x.Scale * scales.Average(), depth) * stretch, ZeroPoint(),
            [x.Tensor, weights, bias ? Bias(outputs, depth) : -1], 8, o => o.Byte(0, activation).Bool(2, x.Shape.Length > 2));
    }

    /// <summary>SVDF of [1, depth] with a state of int16 that begins as zero.</summary>
    public SketchValue Svdf(SketchValue x, int units, int rank, int memory, bool bias)
    {
        int depth = x.Shape[^1];
        int filters = units * rank;
        (float[] scales, int feature) = Weights([filters, depth], 1, 0);
        float stateScale = Filling(x.Scale * scales[0], depth) / 256;
        float timeScale = Scale() / 30_000;
        byte[] weights = Bytes(filters * memory * sizeof(short));
        int time = builder.Tensor($"time{tensors++}", [filters, memory], TfLiteType.Int16, [timeScale], data: weights);
        int state = builder.Tensor($"state{tensors++}", [1, filters * memory], TfLiteType.Int16, [stateScale], variable: true);
        float scale = stateScale * timeScale * 9_000 * 19_000 * MathF.Sqrt(memory * rank) / 60 * (0.3f + Random.NextSingle());
        return Apply(
            TfLiteOperatorCode.Svdf, [1, units], scale, ZeroPoint(), [x.Tensor, feature, time, bias ? Bias(units, 30_000 * memory * rank) : -1, state], 6,
            o => o.Int32(0, rank).Byte(1, Activation()));
    }

    /// <summary>UNIDIRECTIONAL_SEQUENCE_LSTM as the converter makes it of a Keras layer, over [1, steps, depth], or [steps, 1, depth] where <paramref name="timeMajor"/>.</summary>
    public SketchValue Lstm(SketchValue x, int cells, bool timeMajor)
    {
        int depth = x.Shape[^1];
        int none = -1;
        float output = 1f / 128, weight = 2 / (x.Scale * Deviation * Deviation * MathF.Sqrt(depth)), recurrent = 0.01f;
        int[] gates = [.. Gates(depth, weight), .. Gates(cells, recurrent)];
        int[] biases = [.. Enumerable.Range(0, 4).Select(_ => Bias(cells, depth))];
        int hidden = builder.Tensor($"hidden{tensors++}", [1, cells], TfLiteType.Int8, [output], [0], variable: true);
        int cell = builder.Tensor($"cell{tensors++}", [1, cells], TfLiteType.Int16, [1f / 2048], variable: true);
        int[] inner = [.. Enumerable.Range(0, 5).Select(i => builder.Tensor($"inner{tensors++}", [], i < 4 ? TfLiteType.Int16 : TfLiteType.Int8, [i < 4 ? 1f / 4096 : output], [0]))];
        SketchValue y = Value([.. x.Shape[..^1], cells], output, 0);
        builder.Operator(
            TfLiteOperatorCode.UnidirectionalSequenceLstm, 1, [x.Tensor, .. gates, none, none, none, .. biases, none, none, hidden, cell, none, none, none, none], [y.Tensor], 71,
            o => o.Byte(0, 4).Float(1, 10).Bool(3, timeMajor), inner);
        return y;

        IEnumerable<int> Gates(int columns, float scale) => Enumerable.Range(0, 4).Select(_ => builder.Int8s(
            $"gate{tensors++}", [cells, columns], MemoryMarshal.Cast<byte, sbyte>(Bytes(cells * columns)).ToArray(), [scale * (0.5f + Random.NextSingle())])).ToArray();
    }

    public SketchValue Reshape(SketchValue x, params int[] shape) => Move(TfLiteOperatorCode.Reshape, x, shape, [Numbers(shape)], 17);

    /// <summary>QUANTIZE of int8 to int8 with other parameters.</summary>
    public SketchValue Requantize(SketchValue x) =>
        Apply(TfLiteOperatorCode.Quantize, x.Shape, x.Scale * (0.4f + (1.6f * Random.NextSingle())), ZeroPoint(), [x.Tensor], 89);

    /// <summary>A constant operand of int8.</summary>
    public SketchValue Constant(params int[] shape)
    {
        var constant = new SketchValue(-1, shape, Scale(), Random.Next(-128, 128));
        int tensor = builder.Tensor($"constant{tensors++}", shape, TfLiteType.Int8, [constant.Scale], [constant.ZeroPoint], data: Bytes(constant.Count));
        return constant with { Tensor = tensor };
    }

    /// <summary>A scale at which a sum of so many products fills the range, or leaves it now and then.</summary>
    private float Filling(float product, int terms) =>
        product * Deviation * Deviation * MathF.Sqrt(terms) / 60 * (0.3f + (1.5f * Random.NextSingle()));

    private (float[] Scales, int Tensor) Weights(int[] shape, int scales, int axis)
    {
        float[] all = [.. Enumerable.Range(0, scales).Select(_ => Scale() / 100)];
        int count = shape.Aggregate(1, (product, size) => product * size);
        return (all, builder.Int8s($"weights{tensors++}", shape, MemoryMarshal.Cast<byte, sbyte>(Bytes(count)).ToArray(), all, axis));
    }

    private int Bias(int outputs, int terms)
    {
        double range = Deviation * Deviation * Math.Sqrt(terms);
        int[] values = [.. Enumerable.Range(0, outputs).Select(_ => (int)(((2 * Random.NextDouble()) - 1) * range))];
        return builder.Int32s($"bias{tensors++}", [outputs], values, [1], 0);
    }

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        Random.NextBytes(bytes);
        return bytes;
    }

    private static int Outputs(int inputs, int kernel, int stride, int dilation, bool same) =>
        same ? (inputs + stride - 1) / stride : (inputs - ((kernel - 1) * dilation) - 1 + stride) / stride;
}
