using System.Runtime.InteropServices;
using Edge.Numerics;

namespace Edge.Cli.Diagnosis;

/// <summary>Whether the program uses what the processor can do.</summary>
/// <remarks>The other way round needs no check: a program compiled for more than the processor has ends before its first line.</remarks>
internal static class ProcessorCheck
{
    private const string Name = "processor";

    public static IEnumerable<Finding> Run(Machine machine, ProgramFeatures program, KernelSet kernels, string? forced)
    {
        string build = program.Native ? "NativeAOT" : RuntimeInformation.FrameworkDescription;
        yield return new Finding("program", Verdict.Ok, $"edge {typeof(ProcessorCheck).Assembly.GetName().Version?.ToString(3)}, {build}, {Word(program.Architecture)}");
        string processor = machine.Board ?? machine.Field("/proc/cpuinfo", "model name") ?? Word(program.Architecture);
        string found = $"{processor}, {Environment.ProcessorCount} cores, kernels {Word(kernels)}";
        (string What, string Advice)? lacking = Lacking(machine, program);
        if (!string.IsNullOrEmpty(forced) && kernels != InstructionSet.Supported[0])
        {
            yield return new Finding(Name, Verdict.Warning, $"{found}, which {InstructionSet.Variable} forces; {Word(InstructionSet.Supported[0])} is faster", $"unset {InstructionSet.Variable}");
        }
        else if (lacking is { } more)
        {
            yield return new Finding(Name, Verdict.Warning, $"{found}; {more.What}", more.Advice);
        }
        else
        {
            yield return new Finding(Name, Verdict.Ok, found);
        }
    }

    private static (string What, string Advice)? Lacking(Machine machine, ProgramFeatures program)
    {
        string flags = machine.Field("/proc/cpuinfo", "Features") ?? machine.Field("/proc/cpuinfo", "flags") ?? "";
        return program switch
        {
            { Architecture: Architecture.Arm } when machine.Field("/proc/cpuinfo", "CPU architecture") is "8" =>
                ("a 32-bit program, without vectors, on a 64-bit processor", "install a 64-bit system and the package of architecture arm64; it is several times as fast"),
            { Vectors: false } => ("this program was compiled without vectors, so the plain loops run", "take the package for this board"),
            { Architecture: Architecture.X64, Avx2: false } when Has(flags, "avx2") =>
                ("the processor has AVX2, this program was compiled for processors without", "take the faster package: `./build.sh package --board x64`, where this one is x64-baseline"),
            { Architecture: Architecture.Arm64, DotProduct: false } when Has(flags, "asimddp") =>
                ("the processor has dot-product instructions, this program was compiled for processors without", "take the package for newer processors: `./build.sh package --board pi-5`"),
            _ => null,
        };
    }

    private static bool Has(string flags, string flag) => Array.IndexOf(flags.Split(' '), flag) >= 0;

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
