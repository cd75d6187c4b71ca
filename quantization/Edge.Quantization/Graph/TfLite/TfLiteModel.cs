namespace Edge.Quantization.Graph.TfLite;

/// <summary>A TensorFlow Lite model as its file has it, with everything checked that can be checked without knowing an operator.</summary>
/// <remarks>Field numbers are those of tensorflow/lite/schema/schema.fbs, version 3.</remarks>
internal sealed record TfLiteModel
{
    /// <summary>The only version of the schema that is read; all files since 2018 have it.</summary>
    public const int SchemaVersion = 3;

    /// <summary>Version of the schema.</summary>
    public required int Version { get; init; }

    /// <summary>What the converter wrote about the model; may be empty.</summary>
    public required string Description { get; init; }

    /// <summary>The graphs; the first is the one that runs, the others are called by operators such as CALL_ONCE.</summary>
    public required IReadOnlyList<TfLiteSubgraph> Subgraphs { get; init; }

    /// <summary>Further data by name, such as <c>min_runtime_version</c>.</summary>
    public required IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Metadata { get; init; }

    /// <summary>Reads a file's bytes; constants are views of them.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="source">How messages name it.</param>
    /// <exception cref="GraphFormatException">It is no TensorFlow Lite model, is damaged, or holds what is not handled; the message says where.</exception>
    public static TfLiteModel Read(ReadOnlyMemory<byte> file, string source)
    {
        if (!FileKind.IsTfLite(file.Span))
        {
            throw new GraphFormatException(source, "bytes 4 to 8", $"no identifier TFL3 of a TensorFlow Lite model; the file is {FileKind.Describe(file.Span)}.");
        }

        var buffer = new FlatBuffer(file, source);
        FlatTable model = buffer.Root();
        uint version = model.UInt32(0);
        if (version != SchemaVersion)
        {
            throw buffer.Fault("version", $"{version} found, {SchemaVersion} expected; convert the model with a TensorFlow of today.");
        }

        var faults = new TfLiteFaults(source);
        var buffers = new TfLiteBuffers(buffer, model.Tables(4, "buffers"));
        IReadOnlyList<TfLiteSubgraph> subgraphs = TfLiteSubgraphReader.ReadAll(model, buffers, faults);
        faults.ThrowIfAny();
        return new TfLiteModel
        {
            Version = (int)version,
            Description = model.Text(3, "description") ?? "",
            Subgraphs = subgraphs,
            Metadata = ReadMetadata(model, buffers),
        };
    }

    private static Dictionary<string, ReadOnlyMemory<byte>> ReadMetadata(FlatTable model, TfLiteBuffers buffers)
    {
        var metadata = new Dictionary<string, ReadOnlyMemory<byte>>();
        foreach (FlatTable entry in model.Tables(6, "metadata"))
        {
            metadata[entry.Text(0, "name") ?? ""] = buffers.Data(entry.UInt32(1), $"{entry.Place}.buffer");
        }

        return metadata;
    }
}
