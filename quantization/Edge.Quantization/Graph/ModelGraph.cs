namespace Edge.Quantization.Graph;

/// <summary>
/// A model in memory: nodes over named values, with the constants and what is known of the values. The rewriting passes change it.
/// </summary>
/// <remarks>Look-ups walk the nodes, so they are right after any change; the graphs here have hundreds of nodes.</remarks>
public sealed class ModelGraph
{
    /// <summary>The graph's name.</summary>
    public string Name { get; set; } = "graph";

    /// <summary>What made the model ("pytorch").</summary>
    public string Producer { get; set; } = "";

    /// <summary>Version of ONNX's file format; 4 or later, so that constants need not be inputs.</summary>
    public long IrVersion { get; set; } = 8;

    /// <summary>Version of each operator set in use; "" is ONNX's own.</summary>
    public Dictionary<string, long> Opsets { get; } = new() { [""] = 17 };

    /// <summary>Version of ONNX's own operator set.</summary>
    public long OpsetVersion
    {
        get => Opsets[""];
        set => Opsets[""] = value;
    }

    /// <summary>Free-form properties of the model.</summary>
    public Dictionary<string, string> Metadata { get; } = [];

    /// <summary>Values that the caller gives, in order; constants are never among them.</summary>
    public List<ValueInfo> Inputs { get; } = [];

    /// <summary>Values that the caller gets, in order.</summary>
    public List<ValueInfo> Outputs { get; } = [];

    /// <summary>The operators, each after those it reads from.</summary>
    public List<Node> Nodes { get; } = [];

    /// <summary>The constants by value name.</summary>
    public Dictionary<string, Tensor> Initializers { get; } = [];

    /// <summary>What is known of values between the nodes, by name.</summary>
    public Dictionary<string, ValueInfo> ValueInfos { get; } = [];

    /// <summary>Values that the model keeps from one step to the next; in an ONNX file, further inputs and outputs.</summary>
    public List<GraphState> States { get; } = [];

    /// <summary>Type and shape of any value as far as they are known; null where nothing is.</summary>
    public ValueInfo? Describe(string value)
    {
        if (Initializers.TryGetValue(value, out Tensor? tensor))
        {
            return new ValueInfo(value, tensor.ElementType, Array.ConvertAll(tensor.Dims.ToArray(), dim => new Dimension(dim)));
        }

        return Inputs.Find(input => input.Name == value)
            ?? Outputs.Find(output => output.Name == value)
            ?? ValueInfos.GetValueOrDefault(value);
    }

    /// <summary>The constant that a value is, whether an initializer or the output of a Constant node; null where it is none.</summary>
    public Tensor? Constant(string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return null;
        }

        return Initializers.GetValueOrDefault(value)
            ?? (ProducerOf(value) is { OpType: "Constant", Domain: "" } node ? node.Tensor("value") : null);
    }

    /// <summary>The node that makes a value; null for inputs, constants and unknown names.</summary>
    public Node? ProducerOf(string value) => value.Length == 0 ? null : Nodes.Find(node => node.Outputs.Contains(value));

    /// <summary>The nodes that read a value, in order, each once.</summary>
    public List<Node> ConsumersOf(string value) => value.Length == 0 ? [] : Nodes.FindAll(node => node.Inputs.Contains(value));

    /// <summary>True where it keeps values from run to run, in states or inside a layer: each run is then a step of as many frames as its input has.</summary>
    public bool IsStateful => States.Count > 0 || Nodes.Exists(node => node.Domain == TfLite.TfLiteReader.EdgeDomain && node.Int(TfLite.TfLiteReader.StatefulKey, 1) != 0);

    /// <summary>True where the caller gets the value.</summary>
    public bool IsOutput(string value) => Outputs.Exists(output => output.Name == value);

    /// <summary>Makes every node and state that reads <paramref name="from"/> read <paramref name="to"/>; outputs of the graph keep their names.</summary>
    /// <returns>How many uses were changed.</returns>
    public int ReplaceUses(string from, string to)
    {
        int changed = 0;
        foreach (Node node in Nodes)
        {
            changed += Replace(node.Inputs, from, to);
        }

        for (int i = 0; i < States.Count; i++)
        {
            if (States[i].Output == from)
            {
                States[i] = States[i] with { Output = to };
                changed++;
            }
        }

        return changed;
    }

    /// <summary>Removes a node that only hands its first input on (Identity, Dropout, a cast to the same type); graph outputs keep their names.</summary>
    /// <exception cref="ArgumentException">It joins an input or a constant of the graph to an output, so it cannot go.</exception>
    public void Bypass(Node node)
    {
        string source = node.Inputs[0];
        string result = node.Outputs[0];
        if (IsOutput(result))
        {
            if (ProducerOf(source) is not { } producer || IsOutput(source))
            {
                throw new ArgumentException($"{node} gives output '{result}' its value '{source}' and cannot be removed.", nameof(node));
            }

            Replace(producer.Outputs, source, result);
            ReplaceUses(source, result);
            ValueInfos.Remove(source);
        }
        else
        {
            ReplaceUses(result, source);
            ValueInfos.Remove(result);
        }

        Nodes.Remove(node);
    }

    /// <summary>Removes nodes, constants and value infos that no output or state depends on.</summary>
    /// <returns>How many nodes were removed.</returns>
    public int RemoveDeadNodes()
    {
        HashSet<string> live = [.. Outputs.Select(output => output.Name), .. States.Select(state => state.Output)];
        var kept = new List<Node>();
        for (int i = Nodes.Count - 1; i >= 0; i--)
        {
            if (Nodes[i].Outputs.Exists(live.Contains))
            {
                live.UnionWith(Nodes[i].Inputs);
                kept.Add(Nodes[i]);
            }
        }

        int removed = Nodes.Count - kept.Count;
        kept.Reverse();
        Nodes.Clear();
        Nodes.AddRange(kept);
        live.UnionWith(kept.SelectMany(node => node.Outputs));
        live.UnionWith(States.Select(state => state.Input));
        RemoveKeys(Initializers, live);
        RemoveKeys(ValueInfos, live);
        return removed;
    }

    /// <summary>A name that no value has yet: <paramref name="stem"/> itself, or with a number behind.</summary>
    public string UniqueName(string stem)
    {
        HashSet<string> taken = [.. Inputs.Select(input => input.Name), .. States.Select(state => state.Input), .. Initializers.Keys, .. Nodes.SelectMany(node => node.Outputs)];
        string name = stem;
        for (int i = 1; taken.Contains(name); i++)
        {
            name = $"{stem}_{i}";
        }

        return name;
    }

    /// <summary>A copy that can be changed without changing this graph; the constants, which never change, are shared.</summary>
    public ModelGraph Clone()
    {
        var copy = new ModelGraph { Name = Name, Producer = Producer, IrVersion = IrVersion };
        CopyTo(Opsets, copy.Opsets);
        CopyTo(Metadata, copy.Metadata);
        CopyTo(Initializers, copy.Initializers);
        CopyTo(ValueInfos, copy.ValueInfos);
        copy.Inputs.AddRange(Inputs);
        copy.Outputs.AddRange(Outputs);
        copy.States.AddRange(States);
        copy.Nodes.AddRange(Nodes.Select(node => node.Clone()));
        return copy;
    }

    private static int Replace(List<string> names, string from, string to)
    {
        int changed = 0;
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i] == from)
            {
                names[i] = to;
                changed++;
            }
        }

        return changed;
    }

    private static void RemoveKeys<T>(Dictionary<string, T> map, HashSet<string> kept)
    {
        foreach (string key in map.Keys.Where(key => !kept.Contains(key)).ToList())
        {
            map.Remove(key);
        }
    }

    private static void CopyTo<T>(Dictionary<string, T> from, Dictionary<string, T> to)
    {
        foreach ((string key, T value) in from)
        {
            to[key] = value;
        }
    }
}
