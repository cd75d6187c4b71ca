namespace Edge.OnnxRuntime;

/// <summary>How much ONNX Runtime rewrites a graph before it runs (GraphOptimizationLevel).</summary>
public enum OnnxOptimization
{
    /// <summary>Nothing beyond what it must: every value of the graph is computed as written.</summary>
    None = 0,

    /// <summary>Constant folding and removal of what changes nothing.</summary>
    Basic = 1,

    /// <summary>Fusions as well.</summary>
    Extended = 2,

    /// <summary>Layout changes as well.</summary>
    All = 99,
}

/// <summary>How a session runs.</summary>
public sealed record OnnxSessionOptions
{
    /// <summary>Threads within an operator; 1 suits a small board, 0 takes every core.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Lets idle threads spin for a little less delay and a lot more power.</summary>
    public bool AllowSpinning { get; init; }

    /// <summary>How much the graph is rewritten.</summary>
    public OnnxOptimization Optimization { get; init; } = OnnxOptimization.All;

    /// <summary>Whether memory of a run is kept for the next, which is faster; else it is given back, so that runs of many sizes need no more than the largest.</summary>
    public bool KeepMemory { get; init; } = true;

    /// <summary>Where the model may run.</summary>
    public ProviderPolicy Providers { get; init; } = ProviderPolicy.CpuOnly;
}
