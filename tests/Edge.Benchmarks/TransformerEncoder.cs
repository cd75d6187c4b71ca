using Edge.Quantization.Graph;

namespace Edge.Benchmarks;

/// <summary>A transformer encoder of random weights, written as PyTorch exports one: pre-norm layers, GELU by the error function.</summary>
internal static class TransformerEncoder
{
    private const int Features = 80;
    private const int Width = 416;
    private const int Heads = 8;
    private const int Hidden = 1664;
    private const int Layers = 12;
    private const int Labels = 10;

    /// <summary>x [1, time, 80] to y [1, 10] through 12 layers: 25 million weights.</summary>
    public static ModelGraph Build(int seed)
    {
        var graph = new ModelGraph { Name = "encoder" };
        graph.Inputs.Add(new ValueInfo("x", ElementType.Float32, [1, "time", Features]));
        graph.Outputs.Add(new ValueInfo("y", ElementType.Float32, [1, Labels]));
        foreach ((string name, float value) in (ReadOnlySpan<(string, float)>)[("one", 1), ("half", 0.5f), ("root2", MathF.Sqrt(2)), ("scale", 1 / MathF.Sqrt(Width / Heads))])
        {
            graph.Initializers[name] = Tensor.Scalar(value);
        }

        graph.Initializers["heads"] = Tensor.Vector(0, 0, Heads, Width / Heads);
        graph.Initializers["joined"] = Tensor.Vector(0, 0, Width);
        var random = new Random(seed);
        Linear(graph, random, "x", "h0", Features, Width);
        for (int layer = 0; layer < Layers; layer++)
        {
            Attend(graph, random, $"h{layer}", $"a{layer}");
            FeedForward(graph, random, $"a{layer}", $"h{layer + 1}");
        }

        graph.Nodes.Add(new Node("ReduceMean", [$"h{Layers}"], ["pooled"]) { Attributes = { ["axes"] = new long[] { 1 }, ["keepdims"] = 0 } });
        Linear(graph, random, "pooled", "y", Width, Labels);
        return graph;
    }

    private static void Attend(ModelGraph graph, Random random, string input, string output)
    {
        Normalize(graph, input, $"{output}.norm");
        foreach ((string part, long[] order) in (ReadOnlySpan<(string, long[])>)[("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])])
        {
            Linear(graph, random, $"{output}.norm", $"{output}.{part}", Width, Width);
            graph.Nodes.Add(new Node("Reshape", [$"{output}.{part}", "heads"], [$"{output}.{part}.heads"]));
            graph.Nodes.Add(new Node("Transpose", [$"{output}.{part}.heads"], [$"{output}.{part}.turned"]) { Attributes = { ["perm"] = order } });
        }

        graph.Nodes.Add(new Node("MatMul", [$"{output}.q.turned", $"{output}.k.turned"], [$"{output}.products"]));
        graph.Nodes.Add(new Node("Mul", [$"{output}.products", "scale"], [$"{output}.scaled"]));
        graph.Nodes.Add(new Node("Softmax", [$"{output}.scaled"], [$"{output}.weights"]) { Attributes = { ["axis"] = -1 } });
        graph.Nodes.Add(new Node("MatMul", [$"{output}.weights", $"{output}.v.turned"], [$"{output}.mixed"]));
        graph.Nodes.Add(new Node("Transpose", [$"{output}.mixed"], [$"{output}.back"]) { Attributes = { ["perm"] = new long[] { 0, 2, 1, 3 } } });
        graph.Nodes.Add(new Node("Reshape", [$"{output}.back", "joined"], [$"{output}.joined"]));
        Linear(graph, random, $"{output}.joined", $"{output}.out", Width, Width);
        graph.Nodes.Add(new Node("Add", [$"{output}.out", input], [output]));
    }

    private static void FeedForward(ModelGraph graph, Random random, string input, string output)
    {
        Normalize(graph, input, $"{output}.norm");
        Linear(graph, random, $"{output}.norm", $"{output}.wide", Width, Hidden);
        graph.Nodes.Add(new Node("Div", [$"{output}.wide", "root2"], [$"{output}.div"]));
        graph.Nodes.Add(new Node("Erf", [$"{output}.div"], [$"{output}.erf"]));
        graph.Nodes.Add(new Node("Add", [$"{output}.erf", "one"], [$"{output}.plus"]));
        graph.Nodes.Add(new Node("Mul", [$"{output}.wide", $"{output}.plus"], [$"{output}.times"]));
        graph.Nodes.Add(new Node("Mul", [$"{output}.times", "half"], [$"{output}.gelu"]));
        Linear(graph, random, $"{output}.gelu", $"{output}.narrow", Hidden, Width);
        graph.Nodes.Add(new Node("Add", [$"{output}.narrow", input], [output]));
    }

    private static void Normalize(ModelGraph graph, string input, string output)
    {
        graph.Initializers[$"{output}.gamma"] = Tensor.Of([Width], [.. Enumerable.Repeat(1f, Width)]);
        graph.Initializers[$"{output}.beta"] = Tensor.Of([Width], new float[Width]);
        graph.Nodes.Add(new Node("LayerNormalization", [input, $"{output}.gamma", $"{output}.beta"], [output]) { Attributes = { ["axis"] = -1 } });
    }

    private static void Linear(ModelGraph graph, Random random, string input, string output, int inputs, int outputs)
    {
        var weights = new float[inputs * outputs];
        float bound = MathF.Sqrt(3f / inputs); // keeps the variance
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = (2 * random.NextSingle() - 1) * bound;
        }

        graph.Initializers[$"{output}.w"] = Tensor.Of([inputs, outputs], weights);
        graph.Initializers[$"{output}.b"] = Tensor.Of([outputs], new float[outputs]);
        graph.Nodes.Add(new Node("MatMul", [input, $"{output}.w"], [$"{output}.product"]));
        graph.Nodes.Add(new Node("Add", [$"{output}.product", $"{output}.b"], [output]));
    }
}
