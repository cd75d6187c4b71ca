namespace Edge.Quantization.Graph.Onnx;

/// <summary>GraphProto, NodeProto, AttributeProto and ValueInfoProto of ONNX.</summary>
internal static class GraphMessage
{
    /// <summary>Reads a graph.</summary>
    /// <param name="reader">The message.</param>
    /// <param name="graph">Receives what it holds.</param>
    /// <param name="external">Where constants outside the file are.</param>
    /// <param name="isBody">Whether the graph is a node's attribute; such a graph holds none of its own.</param>
    public static void Read(WireReader reader, ModelGraph graph, ExternalData external, bool isBody = false)
    {
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    graph.Nodes.Add(ReadNode(reader.Message($"node[{graph.Nodes.Count}]"), external, isBody));
                    break;
                case 2:
                    graph.Name = reader.String();
                    break;
                case 5:
                    ReadInitializer(reader.Message($"initializer[{graph.Initializers.Count}]"), graph, external);
                    break;
                case 11:
                    graph.Inputs.Add(ReadValue(reader.Message($"input[{graph.Inputs.Count}]")));
                    break;
                case 12:
                    graph.Outputs.Add(ReadValue(reader.Message($"output[{graph.Outputs.Count}]")));
                    break;
                case 13:
                    ValueInfo value = ReadValue(reader.Message($"value_info[{graph.ValueInfos.Count}]"));
                    graph.ValueInfos[value.Name] = value;
                    break;
                case 15:
                    throw reader.Fault("sparse constants are not supported; export the model with dense ones.");
            }
        }
    }

    private static void ReadInitializer(WireReader reader, ModelGraph graph, ExternalData external)
    {
        Tensor tensor = TensorMessage.Read(ref reader, external, out string name);
        if (name.Length == 0 || !graph.Initializers.TryAdd(name, tensor))
        {
            throw reader.Fault(name.Length == 0 ? "a constant without a name." : $"a second constant of the name '{name}'.");
        }
    }

    private static Node ReadNode(WireReader reader, ExternalData external, bool isBody)
    {
        WireReader names = reader;
        var node = new Node("", [], []);
        while (names.Next())
        {
            switch (names.Field)
            {
                case 1:
                    node.Inputs.Add(names.String());
                    break;
                case 2:
                    node.Outputs.Add(names.String());
                    break;
                case 3:
                    node.Name = names.String();
                    break;
                case 4:
                    node.OpType = names.String();
                    break;
                case 7:
                    string domain = names.String();
                    node.Domain = domain == "ai.onnx" ? "" : domain;
                    break;
            }
        }

        if (node.OpType.Length == 0)
        {
            throw names.Fault("the node has no operator.");
        }

        // A second pass over the same bytes, so that a fault in an attribute can name its node.
        reader.Named($"{node}");
        while (reader.Next())
        {
            if (reader.Field == 5)
            {
                ReadAttribute(reader.Message("attribute"), node, external, isBody);
            }
        }

        return node;
    }

    private static void ReadAttribute(WireReader reader, Node node, ExternalData external, bool isBody)
    {
        string name = "";
        int kind = 0;
        float real = 0;
        long integer = 0;
        string text = "";
        Tensor? tensor = null;
        ModelGraph? body = null;
        var reals = new List<float>();
        var integers = new List<long>();
        var texts = new List<string>();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    name = reader.String();
                    reader.Named($"'{name}'");
                    break;
                case 2:
                    real = reader.Float();
                    break;
                case 3:
                    integer = reader.Int64();
                    break;
                case 4:
                    text = reader.String();
                    break;
                case 5:
                    WireReader inner = reader.Message("t");
                    tensor = TensorMessage.Read(ref inner, external, out _);
                    break;
                case 6 when node is { OpType: "Scan", Domain: "" } && !isBody:
                    body = new ModelGraph { Name = "" };
                    Read(reader.Message("g"), body, external, isBody: true);
                    break;
                case 6 or 11:
                    throw reader.Fault("subgraphs (If, Loop, Scan within Scan) are not supported; export the model without control flow.");
                case 7:
                    reader.AppendFixed(reals);
                    break;
                case 8:
                    reader.AppendInts(integers);
                    break;
                case 9:
                    texts.Add(reader.String());
                    break;
                case 20:
                    kind = reader.Int32();
                    break;
            }
        }

        AttributeValue value = (AttributeKind)kind switch
        {
            AttributeKind.Float => real,
            AttributeKind.Int => integer,
            AttributeKind.String => text,
            AttributeKind.Tensor when tensor is not null => tensor,
            AttributeKind.Graph when body is not null => body,
            AttributeKind.Floats => reals.ToArray(),
            AttributeKind.Ints => integers.ToArray(),
            AttributeKind.Strings => texts.ToArray(),
            _ => throw reader.Fault($"attribute type {kind} is not supported or holds nothing; expected a number, string, tensor, graph or list."),
        };
        if (!node.Attributes.TryAdd(name, value))
        {
            throw reader.Fault("the attribute is given twice.");
        }
    }

    private static ValueInfo ReadValue(WireReader reader)
    {
        string name = "";
        ElementType type = ElementType.Undefined;
        List<Dimension>? shape = null;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    name = reader.String();
                    reader.Named($"'{name}'");
                    break;
                case 2:
                    ReadType(reader.Message("type"), ref type, ref shape);
                    break;
            }
        }

        return name.Length > 0 ? new ValueInfo(name, type, shape) : throw reader.Fault("a value without a name.");
    }

    private static void ReadType(WireReader reader, ref ElementType type, ref List<Dimension>? shape)
    {
        while (reader.Next())
        {
            if (reader.Field is 4 or 5 or 8 or 9)
            {
                throw reader.Fault("sequences, maps, optionals and sparse tensors are not supported; expected a tensor.");
            }

            if (reader.Field != 1)
            {
                continue;
            }

            WireReader tensor = reader.Message("tensor_type");
            while (tensor.Next())
            {
                switch (tensor.Field)
                {
                    case 1:
                        type = TensorMessage.ElementTypeOf(ref tensor);
                        break;
                    case 2:
                        shape = ReadShape(tensor.Message("shape"));
                        break;
                }
            }
        }
    }

    private static List<Dimension> ReadShape(WireReader reader)
    {
        var shape = new List<Dimension>();
        while (reader.Next())
        {
            if (reader.Field != 1)
            {
                continue;
            }

            WireReader dimension = reader.Message("dim");
            Dimension found = Dimension.Unknown;
            while (dimension.Next())
            {
                found = dimension.Field switch
                {
                    1 => dimension.Int64() is >= 0 and var size ? size : Dimension.Unknown,
                    2 => dimension.String(),
                    _ => found,
                };
            }

            shape.Add(found);
        }

        return shape;
    }
}
