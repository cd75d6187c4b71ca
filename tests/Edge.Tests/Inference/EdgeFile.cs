using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Edge.Inference;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference;

/// <summary>An .edge file under construction, as FORMAT.md describes it; everything in it can be spoilt before it is written.</summary>
internal sealed class EdgeFile
{
    private readonly List<(string Name, string Type, int[] Shape, byte[] Data)> stored = [];
    private int memoryBytes;

    /// <summary>The plan.</summary>
    public JsonObject Plan { get; } = new()
    {
        ["name"] = "test", ["labels"] = new JsonArray(), ["memoryBytes"] = 0, ["input"] = 0, ["output"] = 0, ["tensors"] = new JsonArray(), ["operators"] = new JsonArray(),
    };

    /// <summary>The strings beside the plan.</summary>
    public Dictionary<string, string> Metadata { get; } = new() { ["format"] = "edge", ["version"] = "4" };

    /// <summary>How often the plan's rescalings round; twice where it does not say.</summary>
    public Rounding Rounding
    {
        get;
        set => Plan["rounding"] = (field = value).Name();
    }

    private JsonArray Tensors => Plan["tensors"]!.AsArray();

    /// <summary>An int8 tensor in the file; returns its index.</summary>
    public int Int8s(string name, int[] shape, params sbyte[] values) => Store(name, "I8", shape, MemoryMarshal.AsBytes<sbyte>(values).ToArray());

    /// <summary>An int4 tensor in the file, two elements a byte; returns its index.</summary>
    public int Int4s(string name, int[] shape, params sbyte[] values)
    {
        var packed = new byte[(values.Length + 1) / 2];
        for (int i = 0; i < values.Length; i++)
        {
            packed[i / 2] |= (byte)((values[i] & 15) << (i % 2 == 0 ? 0 : 4));
        }

        int index = Store(name, "I8", [packed.Length], packed);
        (Tensors[index]!["type"], Tensors[index]!["shape"]) = ("int4", Numbers(shape));
        return index;
    }

    /// <summary>An int32 tensor in the file; returns its index.</summary>
    public int Int32s(string name, int[] shape, params int[] values) => Store(name, "I32", shape, MemoryMarshal.AsBytes<int>(values).ToArray());

    /// <summary>An int16 tensor in the file; returns its index.</summary>
    public int Int16s(string name, int[] shape, params short[] values) => Store(name, "I16", shape, MemoryMarshal.AsBytes<short>(values).ToArray());

    /// <summary>A tensor in memory of its own; returns its index.</summary>
    public int Arena(string name, int[] shape, int zeroPoint = 0, double scale = 0.1, string at = "arena", string type = "int8")
    {
        Tensors.Add((JsonNode)new JsonObject
        {
            ["name"] = name, ["at"] = at, ["type"] = type, ["shape"] = Numbers(shape), ["offset"] = memoryBytes, ["scale"] = scale, ["zeroPoint"] = zeroPoint,
        });
        memoryBytes = (memoryBytes + shape.Aggregate((a, b) => a * b) * (type == "int32" ? 4 : type == "int16" ? 2 : 1) + 15) & ~15;
        Plan["memoryBytes"] = memoryBytes;
        return Tensors.Count - 1;
    }

    /// <summary>An int8 state; returns its index.</summary>
    public int State(string name, int[] shape, int zeroPoint = 0, double scale = 0.1) => Arena(name, shape, zeroPoint, scale, "state");

    /// <summary>The clock of an operator with the attribute "delay"; returns its index.</summary>
    public int Clock(string name) => Arena(name, [2], scale: 0, at: "state", type: "int32");

    /// <summary>The next operator.</summary>
    public EdgeFile Operator(string kind, int[] inputs, int output, JsonObject? attributes = null) => Operator(kind, inputs, [output], attributes);

    /// <summary>The next operator, which keeps states.</summary>
    public EdgeFile Operator(string kind, int[] inputs, int[] outputs, JsonObject? attributes = null)
    {
        var op = new JsonObject { ["op"] = kind, ["inputs"] = Numbers(inputs), ["outputs"] = Numbers(outputs) };
        foreach ((string name, JsonNode? value) in attributes ?? [])
        {
            op[name] = value!.DeepClone();
        }

        Plan["operators"]!.AsArray().Add((JsonNode)op);
        return this;
    }

    /// <summary>What goes in and what comes out.</summary>
    public EdgeFile Ends(int input, int output)
    {
        (Plan["input"], Plan["output"]) = (input, output);
        return this;
    }

    /// <summary>Per-channel multipliers and shifts, whose rounding becomes the plan's; returns the tensor's index.</summary>
    public int Requantization(string name, Edge.Inference.Kernels.Requantization requantization)
    {
        Rounding = requantization.Rounding;
        return Int32s(name, [2, requantization.Multipliers.Length], [.. requantization.Multipliers, .. requantization.Shifts]);
    }

    /// <summary>The file.</summary>
    public byte[] Write()
    {
        // Wide elements first, so that each is aligned without a gap.
        (string Name, string Type, int[] Shape, byte[] Data)[] ordered = [.. stored.OrderByDescending(t => t.Type == "I32").ThenByDescending(t => t.Type == "I16")];
        var header = new JsonObject { ["__metadata__"] = new JsonObject([.. Metadata.Append(new("plan", Plan.ToJsonString())).Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value))]) };
        int position = 0;
        foreach ((string name, string type, int[] shape, byte[] data) in ordered)
        {
            header[name] = new JsonObject { ["dtype"] = type, ["shape"] = Numbers(shape), ["data_offsets"] = Numbers(position, position + data.Length) };
            position += data.Length;
        }

        return Assemble(Encoding.UTF8.GetBytes(header.ToJsonString()), [.. ordered.SelectMany(t => t.Data)]);
    }

    /// <summary>The shell around a header and tensors: length in front, spaces behind the header so that the tensors are aligned.</summary>
    public static byte[] Assemble(ReadOnlySpan<byte> header, ReadOnlySpan<byte> data)
    {
        int dataStart = (8 + header.Length + 63) & ~63;
        var file = new byte[dataStart + data.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)(dataStart - 8));
        header.CopyTo(file.AsSpan(8));
        file.AsSpan(8 + header.Length, dataStart - 8 - header.Length).Fill((byte)' ');
        data.CopyTo(file.AsSpan(dataStart));
        return file;
    }

    /// <summary>The model.</summary>
    public Model Load(KernelSet kernels = KernelSet.Reference)
    {
        Patterns.Require(kernels);
        return Model.Load(Write(), "test.edge", kernels);
    }

    /// <summary>The output of one step of a fresh session.</summary>
    public sbyte[] Run(KernelSet kernels, sbyte[] input)
    {
        Session session = Load(kernels).CreateSession();
        input.CopyTo(session.Input);
        session.Step();
        return session.Output.ToArray();
    }

    /// <summary>The faults that loading finds; fails the test where there are none.</summary>
    public IReadOnlyList<string> Faults() => Assert.Throws<ModelFormatException>(() => Load()).Faults;

    public static JsonArray Numbers(params int[] values) => new([.. values.Select(v => (JsonNode)v)]);

    private int Store(string name, string type, int[] shape, byte[] data)
    {
        stored.Add((name, type, shape, data));
        Tensors.Add((JsonNode)new JsonObject { ["name"] = name, ["at"] = "file" });
        return Tensors.Count - 1;
    }
}
