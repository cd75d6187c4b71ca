namespace Edge.Quantization.Graph.TfLite;

/// <summary>Reads the tensors of a subgraph and checks shape, data and quantization against each other.</summary>
internal sealed class TfLiteTensorReader(TfLiteBuffers buffers, TfLiteFaults faults)
{
    private const int MaxRank = 8;

    private readonly HashSet<string> names = [];

    /// <summary>Reads one tensor; what is wrong with it is noted.</summary>
    /// <param name="table">Its table.</param>
    /// <param name="index">Its index in the subgraph.</param>
    public TfLiteTensor Read(FlatTable table, int index)
    {
        int[] shape = table.Int32s(0, "shape");
        var type = (TfLiteType)(sbyte)table.Byte(1);
        ReadOnlyMemory<byte> data = buffers.Data(table.UInt32(2), $"{table.Place}.buffer");
        var tensor = new TfLiteTensor
        {
            Index = index,
            Name = UniqueName(table.Text(3, "name"), index),
            Shape = shape,
            Type = type,
            Data = data,
            IsConstant = !data.IsEmpty || Array.IndexOf(shape, 0) >= 0,
            IsVariable = table.Bool(5),
            Quantization = ReadQuantization(table.Table(4, "quantization"), shape, type),
        };
        CheckShape(table, tensor);
        CheckData(table, tensor);
        return tensor;
    }

    /// <summary>Product of the sizes; null where one is negative or the product does not fit in an int.</summary>
    internal static int? ElementCount(int[] shape)
    {
        long count = 1;
        foreach (int size in shape)
        {
            count *= Math.Max(size, 1);
            if (size < 0 || count > int.MaxValue)
            {
                return null;
            }
        }

        return Array.IndexOf(shape, 0) >= 0 ? 0 : (int)count;
    }

    private string UniqueName(string? name, int index)
    {
        string unique = string.IsNullOrEmpty(name) ? $"tensor_{index}" : name;
        while (!names.Add(unique))
        {
            unique = $"{unique}_{index}";
        }

        return unique;
    }

    private void CheckShape(FlatTable table, TfLiteTensor tensor)
    {
        if (tensor.Shape.Length > MaxRank)
        {
            faults.Add($"{table.Place}.shape", $"{tensor.Shape.Length} dimensions found; at most {MaxRank} are handled.");
        }
        else if (ElementCount(tensor.Shape) is null)
        {
            faults.Add($"{table.Place}.shape", $"[{string.Join(", ", tensor.Shape)}] found; expected sizes that are not negative, of fewer than 2^31 elements. Convert the model with a fixed input shape.");
        }
    }

    private void CheckData(FlatTable table, TfLiteTensor tensor)
    {
        if (!tensor.Type.IsRead())
        {
            faults.Add($"{table.Place}.type", $"{Describe(tensor.Type)} found, which is not handled ('{tensor.Name}').");
        }
        else if (table.Has(6))
        {
            faults.Add($"{table.Place}.sparsity", $"'{tensor.Name}' is sparse, which is not handled; convert the model without sparsity, or run DENSIFY on it.");
        }
        else if (tensor.IsVariable && !tensor.Data.IsEmpty)
        {
            faults.Add($"{table.Place}.buffer", $"'{tensor.Name}' is a variable and has data; variables begin at zero.");
        }
        else if (!tensor.Data.IsEmpty && ElementCount(tensor.Shape) is int count && ((long)count * tensor.Type.SizeBits() + 7) / 8 is long bytes && bytes != tensor.Data.Length)
        {
            faults.Add($"{table.Place}.buffer", $"'{tensor.Name}' has {tensor.Data.Length:N0} bytes of data; {tensor.Type} [{string.Join(", ", tensor.Shape)}] needs {bytes:N0}.");
        }
    }

    /// <summary>Quantization of a tensor; null where its table is absent or holds no scale, as for float tensors.</summary>
    private TfLiteQuantization? ReadQuantization(FlatTable table, int[] shape, TfLiteType type)
    {
        if (table.Byte(4) != 0)
        {
            faults.Add(table.Place, $"details of kind {table.Byte(4)} found, which are not handled; expected scales and zero points.");
            return null;
        }

        float[] scales = table.Floats(2, "scale");
        if (scales.Length == 0)
        {
            return null;
        }

        // Converters of before 2020 give a bias the axis of its weights.
        int axis = shape.Length == 1 ? 0 : table.Int32(6);
        var quantization = new TfLiteQuantization(scales, table.Int64s(3, "zero_point"), axis);
        CheckCounts(table, quantization, shape);
        CheckValues(table, quantization, type);
        return quantization;
    }

    private void CheckCounts(FlatTable table, TfLiteQuantization quantization, int[] shape)
    {
        (int scales, int zeroPoints, int axis) = (quantization.Scales.Length, quantization.ZeroPoints.Length, quantization.Axis);
        if (zeroPoints != scales)
        {
            faults.Add($"{table.Place}.zero_point", $"{zeroPoints} value(s) found; expected {scales}, as many as scales.");
        }

        if (scales > 1 && (axis < 0 || axis >= shape.Length))
        {
            faults.Add($"{table.Place}.quantized_dimension", $"{axis} found; expected an axis of [{string.Join(", ", shape)}], as there are {scales} scales.");
        }
        else if (scales > 1 && shape[axis] != scales)
        {
            faults.Add($"{table.Place}.scale", $"{scales} values found; expected 1, or {shape[axis]} along axis {axis} of [{string.Join(", ", shape)}].");
        }
    }

    private void CheckValues(FlatTable table, TfLiteQuantization quantization, TfLiteType type)
    {
        int bad = Array.FindIndex(quantization.Scales, scale => !float.IsFinite(scale) || scale < 0);
        if (bad >= 0)
        {
            faults.Add($"{table.Place}.scale[{bad}]", $"{quantization.Scales[bad]} found; expected a finite number, not negative.");
        }

        (long lowest, long highest) = type.Range();
        bad = Array.FindIndex(quantization.ZeroPoints, zero => lowest <= highest && (zero < lowest || zero > highest));
        if (bad >= 0)
        {
            faults.Add($"{table.Place}.zero_point[{bad}]", $"{quantization.ZeroPoints[bad]} found; expected {lowest} to {highest} for {type}.");
        }
    }

    private static string Describe(TfLiteType type) => Enum.IsDefined(type) ? $"{type}" : $"type {(int)type}";
}
