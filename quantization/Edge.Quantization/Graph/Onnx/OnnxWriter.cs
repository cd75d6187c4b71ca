namespace Edge.Quantization.Graph.Onnx;

/// <summary>Writes a <see cref="ModelGraph"/> as an ONNX file that holds all of its constants.</summary>
/// <remarks>Field numbers are those of onnx.proto. A file of Protocol Buffers cannot exceed 2 GiB.</remarks>
public static class OnnxWriter
{
    /// <summary>Writes a file, whole or not at all: first under another name in the same folder, then renamed.</summary>
    /// <exception cref="GraphFormatException">The graph is inconsistent, or too large for the format.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(ModelGraph graph, string path)
    {
        WireWriter model = Model(graph);
        AtomicFile.Write(path, file => model.Save(file));
    }

    /// <summary>The file's bytes.</summary>
    /// <exception cref="GraphFormatException">The graph is inconsistent, or too large for the format.</exception>
    public static byte[] Write(ModelGraph graph)
    {
        WireWriter model = Model(graph);
        using var stream = new MemoryStream((int)model.Length);
        model.Save(stream);
        return stream.ToArray();
    }

    private static WireWriter Model(ModelGraph graph)
    {
        graph.SortTopologically();
        var model = new WireWriter();
        model.Int(1, graph.IrVersion);
        model.Text(2, graph.Producer);
        model.Message(7, writer => Graph(writer, graph));
        foreach ((string domain, long version) in graph.Opsets)
        {
            model.Message(8, opset =>
            {
                opset.Text(1, domain);
                opset.Int(2, version);
            });
        }

        foreach ((string key, string value) in graph.Metadata)
        {
            Property(model, key, value);
        }

        if (graph.States.Count > 0)
        {
            Property(model, StateMetadata.Key, StateMetadata.Write(graph));
        }

        return model.Length <= Array.MaxLength
            ? model
            : throw new GraphFormatException(graph.Name, "model", $"it takes {model.Length} bytes; an ONNX file can hold 2 GiB.");
    }

    private static void Property(WireWriter model, string key, string value) => model.Message(14, pair =>
    {
        pair.Text(1, key);
        pair.Text(2, value);
    });

    private static void Graph(WireWriter writer, ModelGraph graph)
    {
        foreach (Node node in graph.Nodes)
        {
            writer.Message(1, inner => Write(inner, node));
        }

        // The format demands a name.
        writer.Text(2, graph.Name.Length > 0 ? graph.Name : "graph");
        foreach ((string name, Tensor tensor) in graph.Initializers)
        {
            writer.Message(5, inner => Write(inner, tensor, name));
        }

        (IEnumerable<ValueInfo> read, IEnumerable<ValueInfo> left) = StateMetadata.Values(graph);
        HashSet<string> states = [.. graph.States.SelectMany(state => new[] { state.Input, state.Output })];
        Values(writer, 11, graph.Inputs.Concat(read));
        Values(writer, 12, graph.Outputs.Concat(left));
        Values(writer, 13, graph.ValueInfos.Values.Where(value => !states.Contains(value.Name)));
    }

    private static void Write(WireWriter writer, Node node)
    {
        foreach (string input in node.Inputs)
        {
            writer.Element(1, input);
        }

        foreach (string output in node.Outputs)
        {
            writer.Element(2, output);
        }

        writer.Text(3, node.Name);
        writer.Text(4, node.OpType);
        foreach ((string name, AttributeValue value) in node.Attributes)
        {
            writer.Message(5, inner => Write(inner, name, value));
        }

        writer.Text(7, node.Domain);
    }

    private static void Write(WireWriter writer, string name, AttributeValue value)
    {
        writer.Text(1, name);
        switch (value.Kind)
        {
            case AttributeKind.Float:
                writer.Float(2, value.AsFloat);
                break;
            case AttributeKind.Int:
                writer.Int(3, value.AsInt);
                break;
            case AttributeKind.String:
                writer.Element(4, value.AsString);
                break;
            case AttributeKind.Tensor:
                writer.Message(5, inner => Write(inner, value.AsTensor, ""));
                break;
            case AttributeKind.Graph:
                writer.Message(6, inner => Graph(inner, value.AsGraph));
                break;
            case AttributeKind.Floats:
                foreach (float element in value.AsFloats)
                {
                    writer.Float(7, element);
                }

                break;
            case AttributeKind.Ints:
                foreach (long element in value.AsInts)
                {
                    writer.Int(8, element);
                }

                break;
            case AttributeKind.Strings:
                foreach (string element in value.AsStrings)
                {
                    writer.Element(9, element);
                }

                break;
        }

        writer.Int(20, (long)value.Kind);
    }

    private static void Write(WireWriter writer, Tensor tensor, string name)
    {
        foreach (long dim in tensor.Dims)
        {
            writer.Int(1, dim);
        }

        writer.Int(2, (long)tensor.ElementType);
        writer.Text(8, name);
        writer.Bytes(9, tensor.Data);
    }

    private static void Values(WireWriter writer, int field, IEnumerable<ValueInfo> values)
    {
        foreach (ValueInfo value in values)
        {
            writer.Message(field, inner =>
            {
                inner.Text(1, value.Name);
                if (value.ElementType != ElementType.Undefined)
                {
                    inner.Message(2, type => type.Message(1, tensor => TensorType(tensor, value)));
                }
            });
        }
    }

    private static void TensorType(WireWriter writer, ValueInfo value)
    {
        writer.Int(1, (long)value.ElementType);
        if (value.Shape is not { } shape)
        {
            return;
        }

        writer.Message(2, inner =>
        {
            foreach (Dimension dimension in shape)
            {
                inner.Message(1, dim =>
                {
                    if (dimension.IsKnown)
                    {
                        dim.Int(1, dimension.Size);
                    }
                    else
                    {
                        dim.Text(2, dimension.Symbol ?? "");
                    }
                });
            }
        });
    }
}
