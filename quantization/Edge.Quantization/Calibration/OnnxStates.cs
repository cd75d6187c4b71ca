using Edge.OnnxRuntime;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Calibration;

/// <summary>What a graph with states keeps from step to step while ONNX Runtime runs it; nothing for a graph without.</summary>
internal sealed class OnnxStates
{
    private readonly ModelGraph graph;
    private readonly Dictionary<string, OnnxTensor> kept = [];
    private readonly Dictionary<string, OnnxTensor> left = [];

    /// <summary>Begins with the states' first values.</summary>
    public OnnxStates(ModelGraph graph)
    {
        this.graph = graph;
        Reset();
    }

    /// <summary>Goes back to the first values.</summary>
    public void Reset()
    {
        left.Clear();
        foreach (GraphState state in graph.States)
        {
            ValueInfo info = graph.ValueInfos[state.Input];
            long[] dims = info.StaticShape ?? throw new GraphFormatException(graph.Name, $"state '{state.Input}'", $"its shape is open: {info}.");
            int count = (int)dims.Aggregate(1L, (product, size) => product * size);
            kept[state.Input] = info.ElementType == ElementType.Int8
                ? OnnxTensor.Of(dims, state.Initial?.ToSBytes() ?? new sbyte[count])
                : OnnxTensor.Of(dims, state.Initial?.ToFloats() ?? new float[count]);
        }
    }

    /// <summary>Inputs of a step: the caller's, and the states.</summary>
    public IReadOnlyDictionary<string, OnnxTensor> With(IReadOnlyDictionary<string, OnnxTensor> inputs) =>
        kept.Count == 0 ? inputs : new Dictionary<string, OnnxTensor>(inputs.Concat(kept));

    /// <summary>Copies an output of the step, where it is a state's next value.</summary>
    public void Take(OnnxOutput output)
    {
        string name = output.Name;
        if (graph.States.Find(state => state.Output == name) is { } state)
        {
            left[state.Input] = output.ElementType == OnnxElementType.Int8
                ? OnnxTensor.Of(output.Dims, output.Elements<sbyte>().ToArray())
                : OnnxTensor.Of(output.Dims, output.Elements<float>().ToArray());
        }
    }

    /// <summary>Makes what was taken the states of the next step.</summary>
    public void Advance()
    {
        foreach ((string state, OnnxTensor value) in left)
        {
            kept[state] = value;
        }
    }
}
