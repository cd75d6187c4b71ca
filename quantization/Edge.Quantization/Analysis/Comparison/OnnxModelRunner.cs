using Edge.OnnxRuntime;
using Edge.Quantization.Calibration;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Analysis.Comparison;

/// <summary>
/// A float or quantized graph in ONNX Runtime; of a quantized value it shows what DequantizeLinear restores. A graph with states takes a sample
/// step by step.
/// </summary>
public sealed class OnnxModelRunner : ModelRunner
{
    private readonly ModelGraph graph;
    private readonly FloatRunner? runner;
    private readonly OnnxSession? session;
    private readonly Dictionary<string, (string Name, double Step)> shown = [];
    private readonly OnnxStates states;

    /// <summary>Loads a graph.</summary>
    /// <param name="graph">The graph; not changed, and not to be changed while it runs here.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="outputsOnly">Shows the graph's outputs alone and lets ONNX Runtime run the graph as it does for everybody, with all of its optimizations.</param>
    /// <exception cref="OnnxRuntimeException">The native library is missing, or it refuses the graph.</exception>
    /// <exception cref="GraphFormatException">The graph has operators that ONNX Runtime does not have.</exception>
    public OnnxModelRunner(ModelGraph graph, string name, bool outputsOnly = false)
    {
        graph.RequireStandardOperators();
        this.graph = graph;
        states = new OnnxStates(graph);
        Name = name;
        IReadOnlyList<QuantizedValue> quantized = QuantizedValue.Find(graph);
        InputRange = quantized.FirstOrDefault(value => value.Source == graph.Inputs[0].Name) is { } input ? (input.Min, input.Max, input.Parameters.Scale) : null;
        HashSet<string> hidden = [.. quantized.Select(value => value.Source), .. graph.Nodes.Where(node => node.OpType is "QuantizeLinear" or "DequantizeLinear").SelectMany(node => node.Outputs)];
        foreach (string value in graph.Inputs.Select(input => input.Name).Concat(graph.Nodes.SelectMany(node => node.Outputs)))
        {
            if (!hidden.Contains(value))
            {
                shown[value] = (PlanDraft.Shorten(value), 0);
            }
        }

        foreach (QuantizedValue value in quantized)
        {
            shown[value.Restored] = (PlanDraft.Shorten(value.Name), value.Parameters.Scale);
        }

        if (outputsOnly)
        {
            session = OnnxSession.Open(OnnxWriter.Write(graph), new OnnxSessionOptions());
        }
        else
        {
            runner = new FloatRunner(graph);
        }
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<ValueInfo> Inputs => StepFrames == 0 ? graph.Inputs : [graph.Inputs[0] with { Shape = OpenTime(graph.Inputs[0].Shape!) }];

    /// <inheritdoc/>
    public override (double Min, double Max, double Step)? InputRange { get; }

    /// <inheritdoc/>
    public override string Input => PlanDraft.Shorten(graph.Inputs[0].Name);

    /// <inheritdoc/>
    public override string Output => PlanDraft.Shorten(graph.Outputs[0].Name);

    /// <summary>Frames that a graph with states takes in a step; 0 where it has no states, or is not fed with frames.</summary>
    private int StepFrames => graph is { States.Count: > 0, Inputs: [{ Shape: { Count: > 2 } shape }] } && shape[^2].IsKnown ? (int)shape[^2].Size : 0;

    /// <inheritdoc/>
    public override IEnumerable<CalibrationSample> Cut(CalibrationSample sample)
    {
        (string name, OnnxTensor tensor) = sample.Tensors.First();
        long[] dims = tensor.Dims.ToArray();
        if (StepFrames == 0 || dims.Length < 3 || tensor.ElementType != OnnxElementType.Float32)
        {
            return [sample];
        }

        (int steps, dims[^2]) = ((int)(dims[^2] / StepFrames), StepFrames);
        int elements = (int)dims.Aggregate(1L, (product, size) => product * size);
        return Enumerable.Range(0, steps).Select(step => new CalibrationSample(
            sample.Name, new Dictionary<string, OnnxTensor> { [name] = OnnxTensor.Of(dims, tensor.Elements<float>()[(step * elements)..((step + 1) * elements)]) }));
    }

    /// <inheritdoc/>
    public override void Reset() => states.Reset();

    /// <inheritdoc/>
    public override void Run(CalibrationSample sample, ActivationVisitor visitor)
    {
        IReadOnlyDictionary<string, OnnxTensor> tensors = graph.Inputs.Count == 1 && sample.Tensors.Count == 1
            ? new Dictionary<string, OnnxTensor> { [graph.Inputs[0].Name] = sample.Tensors.Values.First() } // another model may call it otherwise
            : sample.Tensors;
        if (runner is not null)
        {
            foreach ((string name, OnnxTensor tensor) in tensors)
            {
                if (tensor.ElementType == OnnxElementType.Float32)
                {
                    Show(name, tensor.Elements<float>(), tensor.Dims, visitor);
                }
            }
        }

        // ONNX Runtime shows the graph's outputs first; here they come where they are made: last.
        var outputs = new List<(string Name, float[] Values, long[] Dims)>();
        OnnxOutputVisitor collect = output =>
        {
            states.Take(output);
            if (output.ElementType != OnnxElementType.Float32)
            {
                return;
            }

            if (graph.IsOutput(output.Name))
            {
                outputs.Add((output.Name, output.Elements<float>().ToArray(), output.Dims.ToArray()));
            }
            else
            {
                Show(output.Name, output.Elements<float>(), output.Dims, visitor);
            }
        };
        try
        {
            runner?.Run(states.With(tensors), collect);
            session?.Run(states.With(tensors), collect);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{sample.Name} does not fit {Name}: {e.Message}", e);
        }

        states.Advance();
        foreach ((string name, float[] values, long[] dims) in outputs)
        {
            Show(name, values, dims, visitor);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        runner?.Dispose();
        session?.Dispose();
    }

    private static Dimension[] OpenTime(IReadOnlyList<Dimension> shape) => [.. shape.Select((dim, axis) => axis == shape.Count - 2 ? "frames" : dim)];

    private void Show(string value, ReadOnlySpan<float> values, ReadOnlySpan<long> dims, ActivationVisitor visitor)
    {
        if (shown.TryGetValue(value, out (string Name, double Step) named))
        {
            visitor(new ActivationTensor(named.Name, values, Array.ConvertAll(dims.ToArray(), dim => (int)dim), named.Step));
        }
    }
}
