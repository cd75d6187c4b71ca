using Edge.Numerics;

namespace Edge.Tests.Inference;

/// <summary>Theory data: every set of kernels, also those this processor lacks, which then count as skipped.</summary>
public sealed class KernelSets : TheoryData<KernelSet>
{
    public KernelSets() => AddRange(Enum.GetValues<KernelSet>());
}
