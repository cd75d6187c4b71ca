using System.Globalization;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Tests;

/// <summary>Graphs from a line of text, for tests.</summary>
internal static class GraphText
{
    /// <summary>
    /// Statements "a, b = Operator input input attribute:value", joined by "; ". Numbers are scalar constants, "[1 2]" is a vector of int64,
    /// "~3x4" a constant of that shape with random values, "_" an absent input; an attribute's value is an integer, a real with a point,
    /// integers in brackets, or a word. Inputs are given by name and shape.
    /// </summary>
    public static ModelGraph Parse(string program, long opset, params (string Name, Dimension[] Shape)[] inputs)
    {
        var graph = new ModelGraph { Name = "text", OpsetVersion = opset, IrVersion = 10 };
        graph.Inputs.AddRange(inputs.Select(input => new ValueInfo(input.Name, ElementType.Float32, input.Shape)));
        var random = new Random(1);
        foreach (string statement in program.Split("; "))
        {
            string[] sides = statement.Split(" = ");
            string[] words = Words(sides[1]);
            var node = new Node(words[0], [], sides[0].Split(", "), sides[0].Split(", ")[0]);
            foreach (string word in words[1..])
            {
                int colon = word.IndexOf(':', StringComparison.Ordinal);
                if (colon > 0)
                {
                    node.Attributes[word[..colon]] = Attribute(word[(colon + 1)..]);
                }
                else
                {
                    node.Inputs.Add(Input(graph, word, random));
                }
            }

            graph.Nodes.Add(node);
        }

        graph.Outputs.AddRange(graph.Nodes.SelectMany(node => node.Outputs).Where(value => value.StartsWith('y')).Select(value => new ValueInfo(value, ElementType.Float32, null)));
        return graph;
    }

    /// <summary>The operators in order, for comparison.</summary>
    public static string Operators(this ModelGraph graph) => string.Join(' ', graph.Nodes.Select(node => node.OpType));

    private static string[] Words(string text)
    {
        var words = new List<string>();
        foreach (string word in text.Split(' '))
        {
            if (words.Count > 0 && words[^1].Contains('[', StringComparison.Ordinal) && !words[^1].EndsWith(']'))
            {
                words[^1] += $" {word}";
            }
            else
            {
                words.Add(word);
            }
        }

        return [.. words];
    }

    private static string Input(ModelGraph graph, string word, Random random)
    {
        Tensor? constant = word[0] switch
        {
            '[' => Tensor.Vector(Numbers(word)),
            '~' => Random([.. word[1..].Split('x').Select(long.Parse)], random),
            _ when float.TryParse(word, CultureInfo.InvariantCulture, out float number) => Tensor.Scalar(number),
            _ => null,
        };
        if (constant is null)
        {
            return word == "_" ? "" : word;
        }

        string name = graph.UniqueName("constant");
        graph.Initializers[name] = constant;
        return name;
    }

    private static Tensor Random(long[] dims, Random random) =>
        Tensor.Of(dims, [.. Enumerable.Range(0, (int)dims.Aggregate(1L, (a, b) => a * b)).Select(_ => (float)random.NextDouble() + 0.25f)]);

    private static long[] Numbers(string word) => [.. word[1..^1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)];

    private static AttributeValue Attribute(string word) =>
        word[0] == '[' ? Numbers(word)
        : long.TryParse(word, out long integer) ? integer
        : float.TryParse(word, CultureInfo.InvariantCulture, out float real) ? real
        : word;
}
