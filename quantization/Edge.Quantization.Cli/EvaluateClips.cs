using Edge.Cli;

namespace Edge.Quantization.Cli;

/// <summary>The part of `edgec evaluate` that measures models over labelled clips.</summary>
internal static class EvaluateClips
{
    public static readonly Option[] Options = [];

    public static int Run(Arguments arguments, IReadOnlyList<string> models, IReadOnlyList<string> others) => throw new UsageException("later");
}
