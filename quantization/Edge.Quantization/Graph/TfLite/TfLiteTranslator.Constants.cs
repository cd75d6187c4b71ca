namespace Edge.Quantization.Graph.TfLite;

/// <summary>Constants and quantization.</summary>
internal sealed partial class TfLiteTranslator
{
    /// <summary>Constants that a DEQUANTIZE made of others, by tensor.</summary>
    private readonly Dictionary<int, Tensor> restoredConstants = [];

    /// <summary>Weights of a layer in the file's order: integers with a scale or one for each index of an axis, or floats.</summary>
    private sealed record Weights(string Name, Tensor Tensor, float[]? Scales)
    {
        public int Size(int axis) => (int)Tensor.Dims[axis];
    }

    /// <summary>Scale and zero point of a value as int8; null for floats.</summary>
    /// <exception cref="GraphFormatException">The type is not one that a graph's values have, or its scale is missing.</exception>
    private QuantizationParameters? ParametersOf(TfLiteTensor tensor, string place)
    {
        string problem;
        switch (tensor.Type)
        {
            case TfLiteType.Float32:
                return null;
            case TfLiteType.Int8 or TfLiteType.UInt8 when tensor.Quantization is not { } known || known.Scales.Length == 0:
                problem = $"it is {tensor.Type} and has no scale; expected a scale and a zero point. Was the file quantized whole? Convert it with Optimize.DEFAULT and a representative data set";
                break;
            case TfLiteType.Int8 or TfLiteType.UInt8 when tensor.Quantization is { IsPerChannel: true } channels:
                problem = $"it has {channels.Scales.Length} scales, one a channel; TensorFlow Lite's specification has those for weights alone, and one scale for a value";
                break;
            case TfLiteType.Int8 or TfLiteType.UInt8 when tensor.Quantization!.Scales[0] > 0:
                long zeroPoint = tensor.Quantization.ZeroPoints.FirstOrDefault() - (tensor.Type == TfLiteType.UInt8 ? 128 : 0);
                return new QuantizationParameters(tensor.Quantization.Scales[0], (int)zeroPoint);
            case TfLiteType.Int8 or TfLiteType.UInt8:
                problem = "its scale is 0; expected a positive one";
                break;
            case TfLiteType.Int16:
                problem = "it is int16 (16x8 quantization); values of 8 bits are supported. Convert the model with int8 activations, or as float and let `edgec quantize` choose which values get 16 bits (--wide-values)";
                break;
            default:
                problem = $"it is {tensor.Type}; expected float32, int8 or uint8";
                break;
        }

        throw new GraphFormatException(source, $"{place}, tensor '{tensor.Name}'", $"{problem}.");
    }

    /// <summary>Checks that a value keeps its scale, as TensorFlow Lite's kernels for moves and pools demand of int8.</summary>
    private void RequireSameScale(TfLiteOperator op, TfLiteValue input, int output = 0)
    {
        TfLiteTensor tensor = Output(op, output);
        if (ParametersOf(tensor, $"{op}") is var made && made != input.Stored?.Parameters && tensor.Type != TfLiteType.UInt8)
        {
            throw Fault(op, tensor, $"it is {Describe(made)} and input '{input.Stem}' is {Describe(input.Stored?.Parameters)}; TensorFlow Lite demands the same of both. Convert the model again");
        }
    }

    /// <summary>Checks that an output has the scale that TensorFlow Lite's specification fixes.</summary>
    private void RequireScale(TfLiteOperator op, QuantizationParameters expected)
    {
        TfLiteTensor tensor = Output(op);
        if (ParametersOf(tensor, $"{op}") is { } found && found != expected)
        {
            throw Fault(op, tensor, $"it is {Describe(found)}; the specification of {op.Name} has {Describe(expected)}. Convert the model again");
        }
    }

    private static string Describe(QuantizationParameters? parameters) =>
        parameters is { } known ? FormattableString.Invariant($"int8 of scale {known.Scale:g9} and zero point {known.ZeroPoint}") : "float";

    /// <summary>A constant as a value: floats, or int8 behind a DequantizeLinear.</summary>
    private TfLiteValue ConstantValue(TfLiteTensor tensor, string place)
    {
        int[] order = AxisOrder.Plain(tensor.Shape.Length);
        if (restoredConstants.GetValueOrDefault(tensor.Index) is { } restored)
        {
            graph.Initializers[tensor.Name] = restored;
            return new TfLiteValue(tensor.Name, tensor.Name, tensor.Shape, order, null);
        }

        if (tensor.Type is TfLiteType.Float16)
        {
            graph.Initializers[tensor.Name] = Tensor.Of(Dims(tensor), Stored(tensor).ToFloats());
            return new TfLiteValue(tensor.Name, tensor.Name, tensor.Shape, order, null);
        }

        if (ParametersOf(tensor, place) is not { } parameters)
        {
            graph.Initializers[tensor.Name] = Stored(tensor);
            return new TfLiteValue(tensor.Name, tensor.Name, tensor.Shape, order, null);
        }

        Tensor integers = tensor.Type == TfLiteType.UInt8
            ? Tensor.Of(Dims(tensor), Array.ConvertAll(tensor.Data.ToArray(), value => (sbyte)(value - 128)))
            : Stored(tensor);
        var stored = new TfLiteIntegers(
            AddConstant($"{tensor.Name}.int8", integers), parameters, AddConstant($"{tensor.Name}.scale", Tensor.Scalar(parameters.Scale)),
            AddConstant($"{tensor.Name}.zero_point", Tensor.Of([], [(sbyte)parameters.ZeroPoint])));
        TfLiteValue value = Restored(new TfLiteValue(tensor.Name, "", tensor.Shape, order, stored));
        graph.ValueInfos.Remove(stored.Name);
        return value;
    }

    /// <summary>A constant whose elements say where and how much: a shape, axes, paddings.</summary>
    private long[] Integers(TfLiteOperator op, int input)
    {
        TfLiteTensor tensor = InputTensor(op, input);
        return tensor.IsConstant && tensor.Type is TfLiteType.Int32 or TfLiteType.Int64 or TfLiteType.Int8 or TfLiteType.Int16
            ? Stored(tensor).ToLongs()
            : throw Fault(op, tensor, $"{(tensor.IsConstant ? $"it is {tensor.Type}" : "it is computed while the model runs")}; expected a constant of integers. Convert the model with fixed shapes");
    }

    /// <summary>The weights of a layer over a value: int8, symmetric, for an int8 value; floats for floats, whatever they are stored as.</summary>
    /// <param name="op">The layer.</param>
    /// <param name="index">Which input they are.</param>
    /// <param name="over">The value that is multiplied with them.</param>
    /// <param name="axis">The axis of output channels in the file's order, the one that several scales may run along.</param>
    private Weights WeightsOf(TfLiteOperator op, int index, TfLiteValue over, int axis)
    {
        TfLiteTensor tensor = InputTensor(op, index);
        if (!tensor.IsConstant && !restoredConstants.ContainsKey(tensor.Index))
        {
            throw Fault(op, tensor, "these weights are computed while the model runs; expected constants");
        }

        if (tensor.Quantization is { IsPerChannel: true } channels && (channels.Axis != axis || channels.Scales.Length != tensor.Shape[axis]))
        {
            throw Fault(op, tensor, $"it has {channels.Scales.Length} scales along axis {channels.Axis}; expected one scale, or one for each of {tensor.Shape[axis]} along axis {axis}");
        }

        if (over.Stored is null)
        {
            return new Weights(tensor.Name, Floats(op, tensor), null);
        }

        if (tensor.Type is not (TfLiteType.Int8 or TfLiteType.Int4) || tensor.Quantization is not { Scales.Length: > 0 } quantization)
        {
            throw Fault(op, tensor, tensor.Type == TfLiteType.UInt8
                ? "these weights are uint8, from a converter before TensorFlow 2.3; convert the model again, with int8"
                : $"these weights of an int8 value are {tensor.Type}{(tensor.Quantization is null ? " without a scale" : "")}; expected int8 with a scale");
        }

        return Array.TrueForAll(quantization.ZeroPoints, zero => zero == 0)
            ? new Weights(tensor.Name, Stored(tensor), quantization.Scales)
            : throw Fault(op, tensor, $"these weights have a zero point of {quantization.ZeroPoints.First(zero => zero != 0)}; the specification has 0. Convert the model again");
    }

    /// <summary>Adds weights in a graph's order of axes and returns the value that a layer reads.</summary>
    private string AddWeights(Weights weights, Tensor arranged, int axis)
    {
        if (weights.Scales is null)
        {
            return AddNamed(weights.Name, arranged);
        }

        string stored = AddConstant($"{weights.Name}.int8", arranged);
        Tensor scale = weights.Scales.Length == 1 ? Tensor.Scalar(weights.Scales[0]) : Tensor.Of([weights.Scales.Length], weights.Scales);
        Tensor zero = Tensor.Of(scale.Dims, new sbyte[weights.Scales.Length]);
        return AddDequantize(weights.Name, stored, scale, zero, axis);
    }

    /// <summary>Adds a layer's bias, in steps of input scale times weight scale; null where the layer has none.</summary>
    private string? AddBias(TfLiteOperator op, int index, TfLiteValue over, Weights weights, int channels)
    {
        if (OptionalTensor(op, index) is not { } tensor)
        {
            return null;
        }

        if (tensor.Count != channels)
        {
            throw Fault(op, tensor, $"this bias has {tensor.Count} elements; expected one for each of {channels} output channels");
        }

        if (over.Stored is not { } stored)
        {
            return AddNamed(tensor.Name, Tensor.Of([channels], Floats(op, tensor).ToFloats()));
        }

        if (tensor.Type != TfLiteType.Int32 || !tensor.IsConstant)
        {
            throw Fault(op, tensor, $"this bias of an int8 layer is {tensor.Type}; expected a constant of Int32");
        }

        float[] scales = Array.ConvertAll(weights.Scales!, scale => stored.Parameters.Scale * scale);
        string integers = AddConstant($"{tensor.Name}.int32", Stored(tensor).Reshape(channels));
        return AddDequantize(tensor.Name, integers, scales.Length == 1 ? Tensor.Scalar(scales[0]) : Tensor.Of([scales.Length], scales), null, 0);
    }

    private string AddDequantize(string stem, string stored, Tensor scale, Tensor? zeroPoint, int axis)
    {
        List<string> inputs = [stored, AddConstant($"{stem}.scale", scale)];
        if (zeroPoint is not null)
        {
            inputs.Add(AddConstant($"{stem}.zero_point", zeroPoint));
        }

        string output = Unique($"{stem}.dequantized");
        AddNode("DequantizeLinear", inputs, output, scale.Dims.Length == 0 ? [] : [("axis", (long)axis)]);
        return output;
    }

    /// <summary>A constant's real values, whatever it is stored as.</summary>
    private Tensor Floats(TfLiteOperator op, TfLiteTensor tensor)
    {
        if (restoredConstants.GetValueOrDefault(tensor.Index) is { } restored)
        {
            return restored;
        }

        if (!tensor.IsConstant)
        {
            throw Fault(op, tensor, "it is computed while the model runs; expected a constant");
        }

        Tensor stored = Stored(tensor);
        if (tensor.Type is TfLiteType.Float32 or TfLiteType.Float16 or TfLiteType.Float64)
        {
            return Tensor.Of(stored.Dims, stored.ToFloats());
        }

        if (tensor.Quantization is not { Scales.Length: > 0 } quantization)
        {
            throw Fault(op, tensor, $"it is {tensor.Type} without a scale; expected floats, or integers with one");
        }

        long[] integers = stored.ToLongs();
        var reals = new float[integers.Length];
        int inner = quantization.IsPerChannel ? tensor.Shape[(quantization.Axis + 1)..].Aggregate(1, (product, size) => product * size) : integers.Length;
        for (int i = 0; i < reals.Length; i++)
        {
            int channel = i / Math.Max(inner, 1) % quantization.Scales.Length;
            reals[i] = quantization.Scales[channel] * (integers[i] - quantization.ZeroPoints.ElementAtOrDefault(channel));
        }

        return Tensor.Of(stored.Dims, reals);
    }

    private static long[] Dims(TfLiteTensor tensor) => Array.ConvertAll(tensor.Shape, size => (long)size);

    /// <summary>A constant as it is stored; 4-bit integers as bytes.</summary>
    private static Tensor Stored(TfLiteTensor tensor) => tensor.Type switch
    {
        TfLiteType.Float32 => new(ElementType.Float32, Dims(tensor), tensor.Data),
        TfLiteType.Float16 => new(ElementType.Float16, Dims(tensor), tensor.Data),
        TfLiteType.Float64 => new(ElementType.Float64, Dims(tensor), tensor.Data),
        TfLiteType.Int8 => new(ElementType.Int8, Dims(tensor), tensor.Data),
        TfLiteType.UInt8 => new(ElementType.UInt8, Dims(tensor), tensor.Data),
        TfLiteType.Int16 => new(ElementType.Int16, Dims(tensor), tensor.Data),
        TfLiteType.Int32 => new(ElementType.Int32, Dims(tensor), tensor.Data),
        TfLiteType.Int64 => new(ElementType.Int64, Dims(tensor), tensor.Data),
        TfLiteType.Int4 => Tensor.Of(Dims(tensor), new Tensor(ElementType.Int4, Dims(tensor), tensor.Data).ToSBytes()),
        _ => throw new InvalidOperationException($"'{tensor.Name}' is {tensor.Type}, which no constant here can be"),
    };

    /// <summary>Adds a constant under its tensor's name, or with a number behind where that is taken.</summary>
    private string AddNamed(string tensor, Tensor constant) => graph.Initializers.TryAdd(tensor, constant) ? tensor : AddConstant(tensor, constant);
}
