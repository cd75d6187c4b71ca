using Edge.Inference;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Compilation;

internal sealed partial class Lowering
{
    /// <summary>Frames that one step takes: those of the input of a graph with states; else the product of strides along the deepest path, so that every strided layer gives a whole number of outputs.</summary>
    /// <param name="graph">A quantized graph.</param>
    /// <param name="features">As in <see cref="Run"/>.</param>
    public static int StepFrames(ModelGraph graph, int features = 0)
    {
        if (graph.IsStateful && InputFrames(graph, features) is { } frames)
        {
            return frames;
        }

        var strides = new Dictionary<string, int>();
        foreach (Node node in graph.Nodes)
        {
            int stride = node.Inputs.Select(i => strides.GetValueOrDefault(i, 1)).DefaultIfEmpty(1).Max();
            if (node.OpType is "Conv" or "MaxPool" or "AveragePool")
            {
                stride *= (int)node.Ints("strides", 1)[0];
            }

            foreach (string output in node.Outputs)
            {
                strides[output] = stride;
            }
        }

        return strides.Values.DefaultIfEmpty(1).Max();
    }

    /// <summary>Frames of the graph's input; null where its shape does not say.</summary>
    /// <param name="graph">A graph of one input.</param>
    /// <param name="features">As in <see cref="Run"/>.</param>
    public static int? InputFrames(ModelGraph graph, int features = 0) => graph.Inputs is [{ Shape: { Count: > 1 } shape }]
        ? shape.Count > 2 ? shape[^2].IsKnown ? (int)shape[^2].Size : null
            : features > 0 && shape[1].IsKnown ? (int)shape[1].Size / features : 1
        : null;

    private void AddInput(PlanForm form, int frames, int stride, int features)
    {
        (ValueInfo input, QuantizationParameters parameters) = QuantizedInput();
        IReadOnlyList<Dimension> shape = input.Shape!;
        bool flat = shape.Count == 2;
        if (flat)
        {
            features = features == 0 ? (int)shape[1].Size : features;
            RequireFlat(form, frames, features);
        }
        else
        {
            features = (int)shape[^1].Size;
        }

        AxisRole[] roles = shape.Count switch
        {
            2 => [AxisRole.None, AxisRole.Channel],
            3 => [AxisRole.None, AxisRole.Time, AxisRole.Channel],
            _ => [AxisRole.None, AxisRole.None, AxisRole.Time, AxisRole.Channel],
        };
        Inference.ElementType type = parameters.Bits == 16 ? Inference.ElementType.Int16 : Inference.ElementType.Int8;
        draft.Input = draft.AddActivation(input.Name, [1, form == PlanForm.Windowed ? stride : frames, 1, features], parameters.Scale, parameters.ZeroPoint, type: type);
        DraftTensor tensor = draft.Input;
        if (form == PlanForm.Windowed)
        {
            tensor = draft.AddActivation($"{input.Name}.window", [1, frames, 1, features], parameters.Scale, parameters.ZeroPoint, TensorStorage.State, type);
            draft.AddOperator("history", [draft.Input], tensor);
        }

        var value = new LoweredValue(tensor, roles);
        values[input.Name] = flat ? Reshaped(value, [1, 1, 1, frames * features], roles) : value;
    }

    /// <summary>The graph's one input, of a shape that a stream of frames has, with its scale and zero point.</summary>
    private (ValueInfo Input, QuantizationParameters Parameters) QuantizedInput()
    {
        if (graph.Inputs.Count != 1 || graph.Outputs.Count != 1)
        {
            throw new GraphFormatException(graph.Name, "inputs and outputs", $"found {graph.Inputs.Count} and {graph.Outputs.Count}; expected one of each.");
        }

        ValueInfo input = graph.Inputs[0];
        IReadOnlyList<Dimension> shape = input.Shape ?? [];
        if (shape.Count is not (2 or 3 or 4) || !shape[^1].IsKnown || (shape.Count == 4 && shape[1].Size != 1))
        {
            throw new GraphFormatException(graph.Name, $"input '{input.Name}'", $"found {input}; expected [1, time, features], [1, 1, time, features] or frames end to end [1, time · features] with a known number of features. Export it so, or give the shape, as in --input-shape {input.Name}=1,100,40.");
        }

        Node quantize = graph.ConsumersOf(input.Name) is [{ OpType: "QuantizeLinear" } first]
            ? first
            : throw new GraphFormatException(graph.Name, $"input '{input.Name}'", "is not quantized.");
        QuantizationParameters parameters = Parameters(quantize);
        return (input, parameters);
    }

    /// <summary>Refuses a form that an input of frames end to end cannot have.</summary>
    private void RequireFlat(PlanForm form, int frames, int features)
    {
        ValueInfo input = graph.Inputs[0];
        long all = input.Shape![1].Size;
        string? fault = all != (long)frames * features ? $"it takes {all} values, which are not {frames} frames of {features} features; check the front end"
            : form == PlanForm.Streaming && !graph.IsStateful ? $"it takes {frames} frames at once and cannot stream; build it windowed"
            : null;
        if (fault is not null)
        {
            throw new GraphFormatException(graph.Name, $"input '{input.Name}'", $"{fault}.");
        }
    }
}
