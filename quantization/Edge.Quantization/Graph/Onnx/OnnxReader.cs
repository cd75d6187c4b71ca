namespace Edge.Quantization.Graph.Onnx;

/// <summary>Reads ONNX files, operator sets 11 to 21, into a <see cref="ModelGraph"/>.</summary>
/// <remarks>
/// Field numbers are those of onnx.proto (IR version 10). Documentation strings and training information are dropped; constants that
/// are also listed as inputs (as exporters before IR version 4 did) are taken off the inputs. Values of float16 keep their type.
/// </remarks>
public static class OnnxReader
{
    /// <summary>Oldest operator set that is read.</summary>
    public const int MinOpset = 11;

    /// <summary>Newest operator set that is read.</summary>
    public const int MaxOpset = 21;

    private const long FirstIrWithoutConstantInputs = 4;

    /// <summary>Reads a file; tensors it keeps in other files are read from its folder.</summary>
    /// <exception cref="GraphFormatException">The file is damaged, or uses what the graph cannot hold; the message says where.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static ModelGraph Read(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return Read(File.ReadAllBytes(path), path, new ExternalData(path, folder));
    }

    /// <summary>Reads a file's bytes, which must hold all of its tensors.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="source">How messages name it.</param>
    /// <exception cref="GraphFormatException">The file is damaged, or uses what the graph cannot hold; the message says where.</exception>
    public static ModelGraph Read(ReadOnlySpan<byte> bytes, string source = "model") => Read(bytes, source, new ExternalData(source, null));

    private static ModelGraph Read(ReadOnlySpan<byte> bytes, string source, ExternalData external)
    {
        var graph = new ModelGraph { Name = "", IrVersion = 0 };
        graph.Opsets.Clear();
        var model = new WireReader(bytes, source, "model");
        bool found = false;
        while (model.Next())
        {
            switch (model.Field)
            {
                case 1:
                    graph.IrVersion = model.Int64();
                    break;
                case 2:
                    graph.Producer = model.String();
                    break;
                case 7 when !found:
                    found = true;
                    GraphMessage.Read(model.Message("graph"), graph, external);
                    break;
                case 7:
                    throw model.Fault("a second graph; expected one.");
                case 8:
                    ReadOpset(model.Message("opset_import"), graph);
                    break;
                case 14:
                    (string key, string value) = ReadPair(model.Message("metadata_props"));
                    graph.Metadata[key] = value;
                    break;
                case 25:
                    throw model.Fault("it defines functions of its own; export it with functions inlined.");
            }
        }

        Finish(graph, source, found);
        return graph;
    }

    /// <summary>Key and value of a StringStringEntryProto.</summary>
    internal static (string Key, string Value) ReadPair(WireReader pair)
    {
        string key = "";
        string value = "";
        while (pair.Next())
        {
            switch (pair.Field)
            {
                case 1:
                    key = pair.String();
                    break;
                case 2:
                    value = pair.String();
                    break;
            }
        }

        return (key, value);
    }

    private static void ReadOpset(WireReader opset, ModelGraph graph)
    {
        string domain = "";
        long version = 0;
        while (opset.Next())
        {
            switch (opset.Field)
            {
                case 1:
                    domain = opset.String();
                    break;
                case 2:
                    version = opset.Int64();
                    break;
            }
        }

        graph.Opsets[domain == "ai.onnx" ? "" : domain] = version;
    }

    private static void Finish(ModelGraph graph, string source, bool found)
    {
        if (!found)
        {
            throw new GraphFormatException(source, "model", "it holds no graph; this is no ONNX model, or it is damaged.");
        }

        if (!graph.Opsets.TryGetValue("", out long opset) || opset is < MinOpset or > MaxOpset)
        {
            string had = graph.Opsets.ContainsKey("") ? $"{opset}" : "none";
            throw new GraphFormatException(
                source, "opset_import", $"operator set {MinOpset} to {MaxOpset} expected, {had} found; export the model with opset 17.");
        }

        graph.IrVersion = Math.Max(graph.IrVersion, FirstIrWithoutConstantInputs);
        graph.Inputs.RemoveAll(input => graph.Initializers.ContainsKey(input.Name));
        StateMetadata.Read(graph, source);
        graph.SortTopologically(source);
        CloseBodies(graph, source);
    }

    /// <summary>Gives the body of every Scan the constants that it reads from the graph around it, so that it stands alone.</summary>
    private static void CloseBodies(ModelGraph graph, string source)
    {
        foreach (Node node in graph.Nodes.Where(node => node is { OpType: "Scan", Domain: "" }))
        {
            ModelGraph body = node.Graph("body") ?? throw new GraphFormatException(source, $"{node}", "it has no body.");
            HashSet<string> made = [.. body.Inputs.Select(input => input.Name), .. body.Nodes.SelectMany(inner => inner.Outputs)];
            foreach (string name in body.Nodes.SelectMany(inner => inner.Inputs).Where(name => name.Length > 0 && !made.Contains(name) && !body.Initializers.ContainsKey(name)).Distinct().ToList())
            {
                body.Initializers[name] = graph.Constant(name)
                    ?? throw new GraphFormatException(source, $"{node}", $"its body reads '{name}' from outside, which is no constant; make it an input of the Scan.");
            }

            body.SortTopologically($"{source}, body of {node}");
        }
    }
}
