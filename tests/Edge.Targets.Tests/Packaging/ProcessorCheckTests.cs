using System.Diagnostics;
using Edge.Tests;

namespace Edge.Targets.Tests.Packaging;

/// <summary>The package's script that refuses a processor on which the programs would not start.</summary>
public class ProcessorCheckTests
{
    private const string Old = "processor\t: 0\nflags\t\t: fpu sse2 pni ssse3 cx16 sse4_1 sse4_2 popcnt avx2x xavx2\n";

    [Theory]
    [InlineData("install")]
    [InlineData("upgrade")]
    public void A_processor_that_lacks_an_instruction_is_refused_with_a_sentence(string step) => Assert.Equal(
        (1, "edge: this package is for the processors of x64; this one lacks abm avx avx2 bmi1 bmi2 fma movbe. Take x64-baseline.\n"), Run("x64", "flags", Old, step));

    [Theory]
    [InlineData("x64-baseline", "flags", Old)]
    [InlineData("x64", "flags", "flags\t\t: sse2 pni ssse3 fma cx16 sse4_1 sse4_2 movbe popcnt avx abm bmi1 avx2 bmi2\n")]
    [InlineData("pi-5", "Features", "Features\t: fp asimd evtstrm aes crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp\n")]
    [InlineData("pi-5", "Features", Old)] // an image made by emulation
    [InlineData("x64", "flags", "")]
    public void One_that_has_them_and_one_that_tells_nothing_are_taken(string board, string field, string processor) =>
        Assert.Equal((0, ""), Run(board, field, processor, "install"));

    [Fact]
    public void One_of_Arm_that_lacks_the_dot_product_is_refused() => Assert.Equal(
        (1, "edge: this package is for the processors of pi-5; this one lacks asimddp asimdrdm atomics. Take x64-baseline.\n"),
        Run("pi-5", "Features", "Features\t: fp asimd evtstrm crc32 cpuid\n", "install"));

    [Fact]
    public void A_board_that_asks_for_less_is_of_the_same_architecture()
    {
        Assert.Equal(["x64-baseline"], Boards.All.LessDemandingThan(Boards.Named("x64")).Select(board => board.Name));
        Assert.Equal(["jetson-nano", "pi-3", "pi-4", "pi-zero-2w"], Boards.All.LessDemandingThan(Boards.Named("pi-5")).Select(board => board.Name));
        Assert.Empty(Boards.All.LessDemandingThan(Boards.Named("pi-4")));
    }

    [Fact]
    public void A_portable_build_asks_for_nothing() =>
        Assert.Empty(PublishPlan.For(Boards.Named("x64"), new PublishOptions { IsPortable = true }).ProcessorFlags);

    private static (int Code, string Errors) Run(string board, string field, string processor, string step)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Packages are Linux's.");
        using var folder = new TemporaryFolder();
        string script = Path.Combine(folder.Path, "preinst"), cpuinfo = Path.Combine(folder.Path, "cpuinfo");
        File.WriteAllText(cpuinfo, processor);
        File.WriteAllText(script, File.ReadAllText(Repository.PathTo("packaging", "debian", "preinst"))
            .Replace("@FIELD@", field, StringComparison.Ordinal)
            .Replace("@FLAGS@", string.Join(' ', PublishPlan.For(Boards.Named(board)).ProcessorFlags), StringComparison.Ordinal)
            .Replace("@BOARD@", board, StringComparison.Ordinal)
            .Replace("@ADVICE@", "Take x64-baseline.", StringComparison.Ordinal));
        var start = new ProcessStartInfo("sh", [script, step]) { RedirectStandardError = true };
        start.Environment["EDGE_CPUINFO"] = cpuinfo;
        using Process process = Process.Start(start)!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, errors);
    }
}
