using Edge.Detection;
using Edge.Numerics;

namespace Edge.Cli;

/// <summary>The options that commands with models share, and how their values are read.</summary>
internal static class ModelArguments
{
    public static readonly Option Model = new("model", "FILE", "an .edge file", Repeatable: true);
    public static readonly Option Channel = new("channel", "N", "the channel to hear, from 0, in place of the mean of all");
    public static readonly Option Kernels = new("kernels", "SET", "reference, vector128, avx2 or avx512 in place of the fastest");
    public static readonly Option Json = new("json", null, "one JSON object a line");

    /// <summary>Loads every --model.</summary>
    /// <exception cref="UsageException">None is given.</exception>
    public static IReadOnlyList<AudioModel> Load(Arguments arguments)
    {
        IReadOnlyList<string> paths = arguments.All("model");
        KernelSet kernels = Best();
        return paths.Count == 0 ? throw new UsageException("--model FILE is required.") : [.. paths.Select(path => AudioModel.Load(path, kernels))];
    }

    /// <summary>The kernels asked for; else those that EDGE_KERNELS names, or the fastest.</summary>
    /// <exception cref="UsageException">This processor or build lacks them.</exception>
    public static KernelSet KernelsOrBest(Arguments arguments)
    {
        if (!arguments.Has("kernels"))
        {
            return Best();
        }

        KernelSet set = arguments.Choice<KernelSet>("kernels");
        return InstructionSet.IsSupported(set) ? set : throw new UsageException(
            $"--kernels is '{arguments.Text("kernels")}', which this processor lacks or this program was compiled without; expected one of {string.Join(", ", InstructionSet.Supported).ToLowerInvariant()}.");
    }

    /// <summary>The channel given; null for the mean.</summary>
    public static int? ChannelOrNull(Arguments arguments) => arguments.Has("channel") ? arguments.Int("channel", 0, 63) : null;

    private static KernelSet Best()
    {
        try
        {
            return InstructionSet.Best;
        }
        catch (InvalidOperationException e)
        {
            throw new UsageException(e.Message); // the environment belongs to the command line
        }
    }
}
