namespace Edge.Targets;

/// <summary>What NativeAOT's compiler takes for IlcInstructionSet, as `ilc --help` lists it.</summary>
internal static class InstructionSets
{
    private static readonly string[] X64 =
    [
        "x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4", "base", "sse4.2", "avx", "avx2", "avx512", "avx512v2", "avx512v3", "aes", "avxvnni", "gfni", "sha", "vectort128", "vectort256", "vectort512",
    ];

    private static readonly string[] Arm64 =
    [
        "armv8-a", "armv8.1-a", "armv8.2-a", "armv8.3-a", "armv8.4-a", "armv8.5-a", "armv8.6-a", "base", "neon", "aes", "crc", "dotprod", "rdma", "sha1", "sha2", "lse", "rcpc", "rcpc2", "sve", "sve2",
    ];

    private static readonly string[] V2 = ["cx16", "pni", "popcnt", "sse4_1", "sse4_2", "ssse3"];
    private static readonly string[] V3 = [.. V2, "abm", "avx", "avx2", "bmi1", "bmi2", "fma", "movbe"];

    // By the names of Linux: arch/x86/include/asm/cpufeatures.h and Documentation/arch/arm64/elf_hwcaps.rst.
    private static readonly Dictionary<string, string[]> Flags = new(StringComparer.Ordinal)
    {
        ["x86-64"] = [],
        ["x86-64-v2"] = V2,
        ["x86-64-v3"] = V3,
        ["x86-64-v4"] = [.. V3, "avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl"],
        ["armv8-a"] = [],
        ["armv8.1-a"] = ["asimdrdm", "atomics", "crc32"],
        ["armv8.2-a"] = ["asimdrdm", "atomics", "crc32"],
        ["dotprod"] = ["asimddp"],
    };

    /// <summary>What /proc/cpuinfo lists on a processor that has all of them, under "flags" on x64 and "Features" on ARM; nothing for a name that is not known here.</summary>
    public static string[] LinuxFlags(IEnumerable<string> names) => [.. names.SelectMany(name => Flags.GetValueOrDefault(name, [])).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>The names for an architecture; none for arm, which has no levels.</summary>
    public static string[] For(string architecture) => architecture switch
    {
        "x64" => X64,
        "arm64" => Arm64,
        _ => [],
    };

    /// <summary>A name as the compiler of a framework writes it: .NET 9 says x86-x64-v3 where .NET 10 says x86-64-v3, and each refuses the other's.</summary>
    public static string Written(string name, string framework) =>
        framework == "net9.0" && name.StartsWith("x86-64", StringComparison.Ordinal) ? $"x86-x64{name["x86-64".Length..]}" : name;
}
