using Edge.Quantization.Graph;

namespace Edge.Quantization.Rewriting.Canonical;

/// <summary>Constants that hide frames from a softmax: minus infinity, the lowest float or -10 000 added to scores, or put in their place.</summary>
/// <remarks>
/// Such numbers are no measure of anything, and a scale that holds them leaves no step for the scores. In the cleaned graph every one of
/// them is the lowest float, which calibration leaves out of its ranges. In the quantized graph they are just so low that a softmax
/// makes less than half a step of all that they hide, and the masked scores' range ends there.
/// </remarks>
internal static class AttentionMasks
{
    /// <summary>From here on down a number hides: e^-1000 is 0 in float, and no score that is not hidden is so low.</summary>
    private const float Hidden = -1000;

    /// <summary>Half a step of a softmax's output, 1/256.</summary>
    private const double HalfStep = 1.0 / 512;

    /// <summary>Spells every constant mask as an Add of 0 (or a bias) and the lowest float.</summary>
    public static void Apply(ModelGraph graph)
    {
        foreach (Node node in graph.Nodes.Where(node => IsBeforeSoftmax(graph, node)))
        {
            if (node.OpType == "Where")
            {
                ToSum(graph, node);
            }

            if (MaskOf(graph, node) is { } index)
            {
                Tensor mask = graph.Initializers[node.Inputs[index]];
                float[] lowest = Array.ConvertAll(mask.ToFloats(), value => value <= Hidden ? float.MinValue : value);
                node.Inputs[index] = AddConstant(graph, $"{node.Inputs[index]}.mask", Tensor.Of(mask.Dims, lowest));
            }
        }
    }

    /// <summary>Gives each mask of a cleaned graph the number that hides within the range of its scores.</summary>
    /// <param name="graph">The graph; its masks are changed.</param>
    /// <param name="ranges">The range of each value, masked elements left out.</param>
    /// <returns>The ranges, those of masked scores widened.</returns>
    public static IReadOnlyDictionary<string, (float Min, float Max)> Fit(ModelGraph graph, IReadOnlyDictionary<string, (float Min, float Max)> ranges)
    {
        Dictionary<string, (float Min, float Max)>? fitted = null;
        foreach (Node node in graph.Nodes.Where(node => node.OpType == "Add" && IsBeforeSoftmax(graph, node)))
        {
            if (MaskOf(graph, node) is { } index && ranges.TryGetValue(node.Outputs[0], out (float Min, float Max) range)
                && ranges.TryGetValue(node.Inputs[1 - index], out (float Min, float Max) scores))
            {
                Tensor mask = graph.Initializers[node.Inputs[index]];
                float floor = (float)(range.Min + Math.Log(HalfStep / Math.Max(1, mask.Dims[^1])));
                float hiding = Math.Min(floor - scores.Max, floor);
                float[] values = Array.ConvertAll(mask.ToFloats(), value => value <= Hidden ? hiding : value);
                node.Inputs[index] = AddConstant(graph, node.Inputs[index], Tensor.Of(mask.Dims, values));
                fitted ??= new Dictionary<string, (float Min, float Max)>(ranges);
                fitted[node.Outputs[0]] = (floor, range.Max);
            }
        }

        return fitted ?? ranges;
    }

    /// <summary>Where(visible, scores, low) or Where(hidden, low, scores) with a constant condition becomes Add(scores, mask).</summary>
    private static void ToSum(ModelGraph graph, Node node)
    {
        int low = LowOf(1) ? 1 : LowOf(2) ? 2 : 0;
        if (low == 0 || !graph.Initializers.TryGetValue(node.Inputs[0], out Tensor? condition) || condition.ElementType != ElementType.Bool)
        {
            return;
        }

        bool hides = low == 1;
        float[] mask = Array.ConvertAll(condition.Data.ToArray(), flag => flag != 0 == hides ? float.MinValue : 0f);
        string name = AddConstant(graph, $"{node.Inputs[0]}.mask", Tensor.Of(condition.Dims, mask));
        string scores = node.Inputs[3 - low];
        node.OpType = "Add";
        node.Inputs.Clear();
        node.Inputs.AddRange([scores, name]);

        bool LowOf(int input) =>
            graph.Initializers.GetValueOrDefault(node.Inputs[input]) is { ElementType: ElementType.Float32, Count: 1 } constant && constant.ToFloats()[0] <= Hidden;
    }

    /// <summary>Which input of a sum is a mask; null where none is.</summary>
    private static int? MaskOf(ModelGraph graph, Node node)
    {
        int index = node.OpType != "Add" ? -1 : node.Inputs.FindIndex(input =>
            graph.Initializers.GetValueOrDefault(input) is { ElementType: ElementType.Float32, Dims.Length: > 0 } constant && Array.Exists(constant.ToFloats(), value => value <= Hidden));
        return index < 0 ? null : index;
    }

    private static bool IsBeforeSoftmax(ModelGraph graph, Node node) =>
        node.OpType is "Add" or "Where" && !graph.IsOutput(node.Outputs[0]) && graph.ConsumersOf(node.Outputs[0]) is [{ OpType: "Softmax" }];

    private static string AddConstant(ModelGraph graph, string stem, Tensor constant)
    {
        string name = graph.UniqueName(stem);
        graph.Initializers[name] = constant;
        return name;
    }
}
