using Edge.OnnxRuntime;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;

namespace Edge.Quantization.Calibration;

/// <summary>Runs a graph in ONNX Runtime with every value between its nodes made visible.</summary>
public sealed class FloatRunner : IDisposable
{
    private readonly OnnxSession session;

    /// <summary>Loads a graph, which is not changed.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="options">How it runs; by default on one thread of the CPU, each operator as written, with no memory kept between samples.</param>
    /// <exception cref="OnnxRuntimeException">The native library is missing, or it refuses the graph.</exception>
    public FloatRunner(ModelGraph graph, OnnxSessionOptions? options = null)
    {
        ModelGraph visible = graph.Clone();
        IEnumerable<string> hidden = visible.Nodes
            .Where(node => node.OpType != "Constant")
            .SelectMany(node => node.Outputs)
            .Where(value => value.Length > 0 && !visible.IsOutput(value) && !visible.States.Exists(state => state.Output == value));
        foreach (string value in hidden.ToList())
        {
            // ONNX Runtime infers the type; a declared one may come from another batch size.
            visible.ValueInfos.Remove(value);
            visible.Outputs.Add(new ValueInfo(value, ElementType.Undefined, null));
        }

        session = OnnxSession.Open(OnnxWriter.Write(visible), options ?? new() { Optimization = OnnxOptimization.Basic, KeepMemory = false });
    }

    /// <summary>What the graph takes.</summary>
    public IReadOnlyList<OnnxValueInfo> Inputs => session.Inputs;

    /// <summary>Runs one sample and shows every value that a node makes; the graph's outputs come first, in order.</summary>
    /// <param name="sample">A tensor for each input, by name.</param>
    /// <param name="visitor">Receives each value; the memory is gone when it returns.</param>
    /// <exception cref="ArgumentException">An input is missing, unknown, or of another type or shape.</exception>
    public void Run(IReadOnlyDictionary<string, OnnxTensor> sample, OnnxOutputVisitor visitor) => session.Run(sample, visitor);

    /// <summary>Type and shape that each input and each value has for one sample, to fill <see cref="ModelGraph.ValueInfos"/> with.</summary>
    public IReadOnlyDictionary<string, ValueInfo> DescribeValues(IReadOnlyDictionary<string, OnnxTensor> sample)
    {
        var described = new Dictionary<string, ValueInfo>();
        foreach ((string name, OnnxTensor tensor) in sample)
        {
            Add(name, tensor.ElementType, tensor.Dims);
        }

        Run(sample, output => Add(output.Name, output.ElementType, output.Dims));
        return described;

        void Add(string name, OnnxElementType type, ReadOnlySpan<long> dims) =>
            described[name] = new ValueInfo(name, (ElementType)type, Array.ConvertAll(dims.ToArray(), dim => new Dimension(dim)));
    }

    /// <summary>Unloads the graph.</summary>
    public void Dispose() => session.Dispose();
}
