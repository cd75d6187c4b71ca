using System.Runtime.InteropServices;
using System.Text;
using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Tests.TfLite;

/// <summary>Writes .tflite files of a few operators, sound and unsound ones, for tests.</summary>
/// <remarks>What is added belongs to the subgraph begun last; a first one is there from the beginning.</remarks>
internal sealed class TfLiteBuilder
{
    private readonly List<FlatTableWriter> codes = [];
    private readonly Dictionary<(TfLiteOperatorCode, int, string), int> codeIndices = [];
    private readonly List<FlatTableWriter> buffers = [new()];
    private readonly List<FlatTableWriter> metadata = [];
    private readonly List<(FlatTableWriter Buffer, byte[] Data)> outside = [];
    private readonly List<Part> subgraphs = [new("main")];

    /// <summary>Version of the schema that the file claims.</summary>
    public uint Version { get; init; } = 3;

    /// <summary>Whether constants lie after the FlatBuffer, as in files above 2 GB.</summary>
    public bool BuffersOutside { get; init; }

    /// <summary>Whether operator numbers stand in the old field of eight bits alone, as in files of before 2020.</summary>
    public bool OldCodes { get; init; }

    /// <summary>Begins a further subgraph and returns its index.</summary>
    public int Subgraph(string name)
    {
        subgraphs.Add(new Part(name));
        return subgraphs.Count - 1;
    }

    /// <summary>Adds a tensor and returns its index; with data it is a constant.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">Its sizes, channels last.</param>
    /// <param name="type">Type of its elements.</param>
    /// <param name="scales">One scale, or one for each index of <paramref name="axis"/>; null for none.</param>
    /// <param name="zeroPoints">As many; zeros where null.</param>
    /// <param name="axis">The axis that scales run along.</param>
    /// <param name="data">Its bytes.</param>
    /// <param name="variable">Whether it keeps its values between runs.</param>
    /// <param name="more">Sets further fields of its table.</param>
    public int Tensor(
        string name, int[] shape, TfLiteType type, float[]? scales = null, long[]? zeroPoints = null, int axis = 0, byte[]? data = null, bool variable = false, Action<FlatTableWriter>? more = null)
    {
        FlatTableWriter table = new FlatTableWriter().Int32s(0, shape).Byte(1, (byte)type).UInt32(2, data is null ? 0 : Buffer(data)).Text(3, name).Bool(5, variable);
        if (scales is not null)
        {
            table.Table(4, new FlatTableWriter().Floats(2, scales).Int64s(3, zeroPoints ?? new long[scales.Length]).Int32(6, axis));
        }

        more?.Invoke(table);
        subgraphs[^1].Tensors.Add(table);
        return subgraphs[^1].Tensors.Count - 1;
    }

    /// <summary>Adds a constant of int8.</summary>
    public int Int8s(string name, int[] shape, sbyte[] values, float[]? scales = null, int axis = 0) =>
        Tensor(name, shape, TfLiteType.Int8, scales, axis: axis, data: MemoryMarshal.AsBytes<sbyte>(values).ToArray());

    /// <summary>Adds a constant of int32, such as a bias or the sizes that an operator reads.</summary>
    public int Int32s(string name, int[] shape, int[] values, float[]? scales = null, int axis = 0) =>
        Tensor(name, shape, TfLiteType.Int32, scales, axis: axis, data: MemoryMarshal.AsBytes<int>(values).ToArray());

    /// <summary>Adds a constant of float32.</summary>
    public int Floats(string name, int[] shape, float[] values) => Tensor(name, shape, TfLiteType.Float32, data: MemoryMarshal.AsBytes<float>(values).ToArray());

    /// <summary>Adds an operator.</summary>
    /// <param name="code">Which.</param>
    /// <param name="version">Its version.</param>
    /// <param name="inputs">Tensors that it reads; -1 for none.</param>
    /// <param name="outputs">Tensors that it writes.</param>
    /// <param name="optionsType">Member of the schema's union BuiltinOptions, from 1; 0 for none.</param>
    /// <param name="options">Sets the fields of that table.</param>
    /// <param name="intermediates">Tensors inside it.</param>
    /// <param name="customCode">Name of a custom operator.</param>
    public void Operator(
        TfLiteOperatorCode code, int version, int[] inputs, int[] outputs, byte optionsType = 0, Action<FlatTableWriter>? options = null, int[]? intermediates = null, string customCode = "")
    {
        FlatTableWriter table = new FlatTableWriter().UInt32(0, (uint)CodeIndex(code, version, customCode)).Int32s(1, inputs).Int32s(2, outputs);
        if (optionsType != 0)
        {
            var fields = new FlatTableWriter();
            options?.Invoke(fields);
            table.Byte(3, optionsType).Table(4, fields);
        }

        if (intermediates is not null)
        {
            table.Int32s(8, intermediates);
        }

        subgraphs[^1].Operators.Add(table);
    }

    /// <summary>Sets which tensors are given.</summary>
    public void Inputs(params int[] tensors) => subgraphs[^1].Inputs = tensors;

    /// <summary>Sets which tensors are the result.</summary>
    public void Outputs(params int[] tensors) => subgraphs[^1].Outputs = tensors;

    /// <summary>Adds data under a name.</summary>
    public void Metadata(string name, byte[] data) => metadata.Add(new FlatTableWriter().Text(0, name).UInt32(1, Buffer(data)));

    /// <summary>The file.</summary>
    public byte[] Build()
    {
        byte[] file = Write();
        if (!BuffersOutside)
        {
            return file;
        }

        // Offsets are scalars, so setting them moves nothing.
        long end = file.Length;
        foreach ((FlatTableWriter buffer, byte[] data) in outside)
        {
            buffer.UInt64(1, (ulong)end).UInt64(2, (ulong)data.Length);
            end += data.Length;
        }

        return [.. Write(), .. outside.SelectMany(pair => pair.Data)];
    }

    private byte[] Write()
    {
        FlatTableWriter model = new FlatTableWriter()
            .UInt32(0, Version).Tables(1, codes).Tables(2, [.. subgraphs.Select(part => part.Table())]).Text(3, "written by a test").Tables(4, buffers).Tables(6, metadata);
        var stream = new MemoryStream();
        stream.Write([0, 0, 0, 0, .. Encoding.ASCII.GetBytes("TFL3")]);
        byte[] root = BitConverter.GetBytes((uint)model.Write(stream));
        byte[] file = stream.ToArray();
        root.CopyTo(file, 0);
        return file;
    }

    private uint Buffer(byte[] data)
    {
        var buffer = new FlatTableWriter();
        if (BuffersOutside)
        {
            outside.Add((buffer.UInt64(1, 0).UInt64(2, 0), data));
        }
        else
        {
            buffer.Bytes(0, data);
        }

        buffers.Add(buffer);
        return (uint)(buffers.Count - 1);
    }

    private int CodeIndex(TfLiteOperatorCode code, int version, string customCode)
    {
        if (!codeIndices.TryGetValue((code, version, customCode), out int index))
        {
            FlatTableWriter table = new FlatTableWriter().Byte(0, (byte)Math.Min((int)code, 127)).Int32(2, version);
            if (!OldCodes)
            {
                table.Int32(3, (int)code);
            }

            if (customCode.Length > 0)
            {
                table.Text(1, customCode);
            }

            index = codes.Count;
            codes.Add(table);
            codeIndices.Add((code, version, customCode), index);
        }

        return index;
    }

    private sealed class Part(string name)
    {
        public List<FlatTableWriter> Tensors { get; } = [];

        public List<FlatTableWriter> Operators { get; } = [];

        public int[] Inputs { get; set; } = [];

        public int[] Outputs { get; set; } = [];

        public FlatTableWriter Table() =>
            new FlatTableWriter().Tables(0, Tensors).Int32s(1, Inputs).Int32s(2, Outputs).Tables(3, Operators).Text(4, name);
    }
}
