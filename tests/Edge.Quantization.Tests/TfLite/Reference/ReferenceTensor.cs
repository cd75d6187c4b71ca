using System.Buffers.Binary;
using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>A tensor while the reference runs: integers of any width, or floats, in the file's order (channels last).</summary>
internal sealed class ReferenceTensor
{
    public ReferenceTensor(TfLiteTensor tensor)
    {
        (Name, Shape, Type, Quantization, IsVariable) = (tensor.Name, tensor.Shape, tensor.Type, tensor.Quantization, tensor.IsVariable);
        int count = Shape.Aggregate(1, (product, size) => product * size);
        Reals = Type == TfLiteType.Float32 ? new float[count] : [];
        Integers = Type is TfLiteType.Float32 or TfLiteType.Resource ? [] : new int[count];
        if (tensor.IsConstant)
        {
            Read(tensor.Data.Span);
        }
        else if (IsVariable)
        {
            Reset();
        }
    }

    public string Name { get; }

    public int[] Shape { get; }

    public TfLiteType Type { get; }

    public TfLiteQuantization? Quantization { get; }

    public bool IsVariable { get; }

    public int[] Integers { get; set; }

    public float[] Reals { get; }

    /// <summary>Which variable a handle stands for.</summary>
    public string Variable { get; set; } = "";

    public int Count => Type == TfLiteType.Float32 ? Reals.Length : Integers.Length;

    public float Scale => Parameters.Scales[0];

    public int ZeroPoint => (int)Parameters.ZeroPoints[0];

    public int Lowest => (int)Type.Range().Lowest;

    public int Highest => (int)Type.Range().Highest;

    private TfLiteQuantization Parameters => Quantization ?? throw new NotSupportedException($"'{Name}' has no quantization.");

    /// <summary>What a variable begins with (core/api/tensor_utils.cc): its zero point where it is of int8, else 0.</summary>
    public void Reset() => Array.Fill(Integers, Type == TfLiteType.Int8 ? ZeroPoint : 0);

    /// <summary>Takes little-endian bytes in.</summary>
    public void Read(ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < Count; i++)
        {
            switch (Type)
            {
                case TfLiteType.Float32: Reals[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]); break;
                case TfLiteType.Int8: Integers[i] = (sbyte)bytes[i]; break;
                case TfLiteType.UInt8: Integers[i] = bytes[i]; break;
                case TfLiteType.Int16: Integers[i] = BinaryPrimitives.ReadInt16LittleEndian(bytes[(2 * i)..]); break;
                case TfLiteType.Int32: Integers[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]); break;
                default: throw new NotSupportedException($"'{Name}' is of type {Type}.");
            }
        }
    }

    public int Clamp(int value) => Math.Clamp(value, Lowest, Highest);

    /// <summary>Where an element lies, by its index on each axis.</summary>
    public int Offset(params ReadOnlySpan<int> indices)
    {
        int offset = 0;
        for (int axis = 0; axis < Shape.Length; axis++)
        {
            offset = (offset * Shape[axis]) + indices[axis];
        }

        return offset;
    }

    /// <summary>The index on each axis of an element.</summary>
    public int[] Indices(int offset)
    {
        var indices = new int[Shape.Length];
        for (int axis = Shape.Length - 1; axis >= 0; axis--)
        {
            (offset, indices[axis]) = Math.DivRem(offset, Shape[axis]);
        }

        return indices;
    }
}
