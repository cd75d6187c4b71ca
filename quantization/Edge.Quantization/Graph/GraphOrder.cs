namespace Edge.Quantization.Graph;

/// <summary>Puts the nodes of a graph in topological order and checks that every value is made once.</summary>
public static class GraphOrder
{
    /// <summary>
    /// Sorts the nodes so that each stands after those it reads from; nodes that are free to stay keep their order (Kahn's algorithm).
    /// </summary>
    /// <param name="graph">The graph; its node list is rewritten.</param>
    /// <param name="source">How messages name the graph; its name where null.</param>
    /// <exception cref="GraphFormatException">A value is made twice or by nobody, or the nodes form a cycle.</exception>
    public static void SortTopologically(this ModelGraph graph, string? source = null)
    {
        source ??= graph.Name;
        Dictionary<string, int> producers = Producers(graph, source);
        var waiting = new int[graph.Nodes.Count];
        var readers = new List<int>[graph.Nodes.Count];
        for (int i = 0; i < readers.Length; i++)
        {
            readers[i] = [];
        }

        for (int i = 0; i < waiting.Length; i++)
        {
            foreach (string input in graph.Nodes[i].Inputs.Where(input => input.Length > 0))
            {
                int producer = producers.TryGetValue(input, out int found) ? found : throw Undefined(source, graph.Nodes[i], input);
                if (producer >= 0)
                {
                    readers[producer].Add(i);
                    waiting[i]++;
                }
            }
        }

        foreach (string output in graph.Outputs.Select(output => output.Name).Concat(graph.States.Select(state => state.Output)).Where(output => !producers.ContainsKey(output)))
        {
            throw new GraphFormatException(source, $"output '{output}'", "no node, input or constant has this name.");
        }

        List<Node> sorted = Sort(graph.Nodes, waiting, readers);
        if (sorted.Count < graph.Nodes.Count)
        {
            Node stuck = graph.Nodes[Array.FindIndex(waiting, count => count > 0)];
            throw new GraphFormatException(source, $"{stuck}", "it depends on its own output; a graph must not have cycles.");
        }

        graph.Nodes.Clear();
        graph.Nodes.AddRange(sorted);
    }

    private static List<Node> Sort(List<Node> nodes, int[] waiting, List<int>[] readers)
    {
        var ready = new PriorityQueue<int, int>();
        for (int i = 0; i < waiting.Length; i++)
        {
            if (waiting[i] == 0)
            {
                ready.Enqueue(i, i);
            }
        }

        var sorted = new List<Node>(nodes.Count);
        while (ready.TryDequeue(out int next, out _))
        {
            sorted.Add(nodes[next]);
            foreach (int reader in readers[next])
            {
                if (--waiting[reader] == 0)
                {
                    ready.Enqueue(reader, reader);
                }
            }
        }

        return sorted;
    }

    /// <summary>Index of the node that makes each value; -1 for inputs, states and constants.</summary>
    private static Dictionary<string, int> Producers(ModelGraph graph, string source)
    {
        var producers = new Dictionary<string, int>();
        foreach (string name in graph.Inputs.Select(input => input.Name).Concat(graph.States.Select(state => state.Input)).Concat(graph.Initializers.Keys))
        {
            Add(name, -1, name);
        }

        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            foreach (string output in graph.Nodes[i].Outputs.Where(output => output.Length > 0))
            {
                Add(output, i, $"{graph.Nodes[i]}");
            }
        }

        return producers;

        void Add(string name, int index, string place)
        {
            if (!producers.TryAdd(name, index))
            {
                throw new GraphFormatException(source, place, $"value '{name}' is made a second time; names must be unique.");
            }
        }
    }

    private static GraphFormatException Undefined(string source, Node node, string input) =>
        new(source, $"{node}", $"it reads '{input}', but no node, input or constant has this name.");
}
