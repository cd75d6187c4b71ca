using System.Numerics;
using Edge.OnnxRuntime;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Calibration;

/// <summary>Elements of .npy files as an input takes them.</summary>
internal static class ArrayElements
{
    /// <summary>Refuses a file whose elements an input cannot take.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="path">Its name for the message.</param>
    /// <param name="wanted">The input's type.</param>
    /// <param name="hasFrontEnd">Whether a front end says what integers mean.</param>
    public static void Check(NpyReader reader, string path, ElementType wanted, bool hasFrontEnd)
    {
        ElementType found = reader.ElementType;
        bool integers = found is ElementType.Int16 or ElementType.Int32;
        if (wanted == ElementType.Float32 && integers && !hasFrontEnd)
        {
            throw new InvalidDataException($"{path} holds {found}, and without a front end nothing says what real values they are. Give the front end they were made with, or float32.");
        }

        if (found != wanted && !(wanted == ElementType.Float32 && integers))
        {
            throw new InvalidDataException($"{path} holds {found}; expected {wanted}{(wanted == ElementType.Float32 ? ", or int16 or int32 as `edgec features` writes" : "")}.");
        }
    }

    /// <summary>The next elements as floats; integers are multiplied by <paramref name="unit"/>.</summary>
    /// <exception cref="InvalidDataException">One is NaN or infinite.</exception>
    public static float[] Floats(NpyReader reader, string path, int count, float? unit)
    {
        switch (reader.ElementType)
        {
            case ElementType.Int16:
                return FromIntegers<short>(reader, count, unit!.Value);
            case ElementType.Int32:
                return FromIntegers<int>(reader, count, unit!.Value);
        }

        var values = new float[count];
        reader.Read<float>(values);
        int bad = Array.FindIndex(values, value => !float.IsFinite(value));
        return bad < 0 ? values : throw new InvalidDataException(
            $"{path} holds {values[bad]} at element {reader.Dims.Aggregate(1L, (a, b) => a * b) - reader.Remaining - count + bad}; expected finite numbers. Make the file again or leave it out.");
    }

    /// <summary>The next elements as a tensor of the input's type.</summary>
    public static OnnxTensor Tensor(NpyReader reader, string path, ElementType wanted, long[] dims, float? unit)
    {
        int count = checked((int)dims.Aggregate(1L, (product, dim) => product * dim));
        return wanted switch
        {
            ElementType.Float32 => OnnxTensor.Of(dims, Floats(reader, path, count, unit)),
            ElementType.Float64 => Of<double>(),
            ElementType.Int64 => Of<long>(),
            ElementType.Int32 => Of<int>(),
            ElementType.Int16 => Of<short>(),
            ElementType.Int8 => Of<sbyte>(),
            ElementType.UInt8 => Of<byte>(),
            _ => throw new InvalidDataException($"{path}: an input of {wanted} cannot be read from a .npy file."),
        };

        OnnxTensor Of<T>()
            where T : unmanaged
        {
            var elements = new T[count];
            reader.Read<T>(elements);
            return OnnxTensor.Of(dims, elements);
        }
    }

    private static float[] FromIntegers<T>(NpyReader reader, int count, float unit)
        where T : unmanaged, IBinaryInteger<T>
    {
        var integers = new T[count];
        reader.Read<T>(integers);
        return Array.ConvertAll(integers, value => int.CreateChecked(value) * unit);
    }
}
