using System.Runtime.InteropServices;
using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Tests.TfLite;

/// <summary>How the values of a sketched model are stored.</summary>
public enum TfLiteForm
{
    /// <summary>float32 throughout.</summary>
    Float,

    /// <summary>float32 values, weights int8 with scales.</summary>
    HybridInt8,

    /// <summary>float32 values, weights float16 behind a DEQUANTIZE.</summary>
    HybridFloat16,

    /// <summary>int8 throughout.</summary>
    Int8,
}

/// <summary>Small models of random constants, of one form or another, for tests.</summary>
internal sealed class TfLiteSketch(TfLiteForm form, int seed = 1)
{
    public const float Scale = 0.05f;
    public const int ZeroPoint = -3;

    private readonly Random random = new(seed);
    private int count;

    public TfLiteBuilder File { get; } = new();

    public TfLiteForm Form => form;

    /// <summary>The model's input.</summary>
    public int Input(params int[] shape)
    {
        int input = Value(shape);
        File.Inputs(input);
        return input;
    }

    /// <summary>A value that an operator makes.</summary>
    public int Value(params int[] shape) => Value(Scale, ZeroPoint, shape);

    /// <summary>A value that has a scale of its own where it is int8.</summary>
    public int Value(float scale, int zeroPoint, params int[] shape) => form == TfLiteForm.Int8
        ? File.Tensor($"v{count++}", shape, TfLiteType.Int8, [scale], [zeroPoint])
        : File.Tensor($"v{count++}", shape, TfLiteType.Float32);

    /// <summary>Weights with a scale for each index of an axis, or one where the axis is negative.</summary>
    public int Weights(int axis, params int[] shape)
    {
        string name = $"w{count++}";
        sbyte[] integers = [.. Enumerable.Range(0, Count(shape)).Select(_ => (sbyte)random.Next(-127, 128))];
        float[] scales = axis < 0 ? [0.004f] : [.. Enumerable.Range(0, shape[axis]).Select(i => 0.003f + 0.001f * i)];
        switch (form)
        {
            case TfLiteForm.Float:
                return File.Floats(name, shape, Reals(Count(shape)));
            case TfLiteForm.HybridFloat16:
                int stored = File.Tensor($"{name}.half", shape, TfLiteType.Float16, data: MemoryMarshal.AsBytes<Half>(Array.ConvertAll(Reals(Count(shape)), real => (Half)real)).ToArray());
                int restored = File.Tensor(name, shape, TfLiteType.Float32);
                File.Operator(TfLiteOperatorCode.Dequantize, 1, [stored], [restored]);
                return restored;
            default:
                return File.Int8s(name, shape, integers, scales, Math.Max(axis, 0));
        }
    }

    /// <summary>A bias for so many channels.</summary>
    public int Bias(int channels) => form == TfLiteForm.Int8
        ? File.Int32s($"b{count++}", [channels], [.. Enumerable.Range(0, channels).Select(_ => random.Next(-3000, 3000))], [.. Enumerable.Repeat(1e-4f, channels)])
        : File.Floats($"b{count++}", [channels], Reals(channels));

    /// <summary>A constant that is an operand like any value.</summary>
    public int Operand(params int[] shape) => Operand(0.02f, 0, shape);

    /// <summary>A constant with a scale of its own where it is int8.</summary>
    public int Operand(float scale, int zeroPoint, params int[] shape)
    {
        sbyte[] integers = [.. Enumerable.Range(0, Count(shape)).Select(_ => (sbyte)random.Next(-128, 128))];
        return form == TfLiteForm.Int8
            ? File.Tensor($"c{count++}", shape, TfLiteType.Int8, [scale], [zeroPoint], data: MemoryMarshal.AsBytes<sbyte>(integers).ToArray())
            : File.Floats($"c{count++}", shape, Reals(Count(shape)));
    }

    /// <summary>A vector of sizes, axes or indices.</summary>
    public int Integers(params int[] values) => File.Int32s($"i{count++}", [values.Length], values);

    /// <summary>Adds an operator of one output and returns that.</summary>
    public int Add(TfLiteOperatorCode code, int[] inputs, int output, byte optionsType = 0, Action<FlatTableWriter>? options = null)
    {
        File.Operator(code, 1, inputs, [output], optionsType, options);
        return output;
    }

    /// <summary>A convolution of a value of [1, h, w, channels] to [1, h, w, outputs], padded to the same size.</summary>
    public int Convolution(int input, int channels, int height, int width, int outputs) => Add(
        TfLiteOperatorCode.Conv2D, [input, Weights(0, outputs, 1, 1, channels), Bias(outputs)], Value(1, height, width, outputs), 1,
        options => options.Byte(0, 0).Int32(1, 1).Int32(2, 1));

    /// <summary>The file with one output.</summary>
    public byte[] Build(int output)
    {
        File.Outputs(output);
        return File.Build();
    }

    private float[] Reals(int size) => [.. Enumerable.Range(0, size).Select(_ => (float)(random.NextDouble() - 0.5))];

    private static int Count(int[] shape) => shape.Aggregate(1, (product, size) => product * size);
}
