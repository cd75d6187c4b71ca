namespace Edge.OnnxRuntime;

/// <summary>Where a model can run.</summary>
public enum ExecutionProvider
{
    /// <summary>The processor; always there.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU through CUDA and cuDNN.</summary>
    Cuda,

    /// <summary>An NVIDIA GPU through TensorRT.</summary>
    TensorRt,

    /// <summary>Any GPU through WebGPU (Vulkan, Metal, Direct3D).</summary>
    WebGpu,

    /// <summary>Apple's Core ML.</summary>
    CoreMl,

    /// <summary>The processor through XNNPACK.</summary>
    Xnnpack,
}

/// <summary>Which execution providers a session may use. The CPU is used only where the policy names it.</summary>
public sealed record ProviderPolicy
{
    private ProviderPolicy(bool isStrict, ExecutionProvider[] providers)
    {
        IsStrict = isStrict;
        Providers = providers;
    }

    /// <summary>Everything on the CPU.</summary>
    public static ProviderPolicy CpuOnly { get; } = new(isStrict: true, [ExecutionProvider.Cpu]);

    /// <summary>True where every node must run on the first provider.</summary>
    public bool IsStrict { get; }

    /// <summary>The providers, best first.</summary>
    public IReadOnlyList<ExecutionProvider> Providers { get; }

    /// <summary>Every node on <paramref name="provider"/>, or opening the session fails.</summary>
    public static ProviderPolicy Require(ExecutionProvider provider) => new(isStrict: true, [provider]);

    /// <summary>
    /// The first of <paramref name="providers"/> that can be had and takes any node; nodes it has no kernel for run on the CPU
    /// only where the CPU is named. What was declined, and why, is in the session's report.
    /// </summary>
    public static ProviderPolicy Prefer(params ReadOnlySpan<ExecutionProvider> providers) =>
        providers.Length > 0
            ? new(isStrict: false, providers.ToArray())
            : throw new ArgumentException("Name at least one provider.", nameof(providers));

    /// <inheritdoc/>
    public override string ToString() => $"{(IsStrict ? "require" : "prefer")} {string.Join(", ", Providers)}";

    internal bool AllowsCpu => Providers.Contains(ExecutionProvider.Cpu);
}
