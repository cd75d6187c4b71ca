using System.Runtime.InteropServices;
using Edge.Cli.Diagnosis;
using Edge.Numerics;

namespace Edge.Tests.Cli.Diagnosis;

public class ProcessorCheckTests
{
    [Fact]
    public void A_Pi_5_with_the_package_of_older_boards_is_told_of_the_newer_one()
    {
        using FakeBoard board = FakeBoard.Pi5();
        Finding finding = Check(board, FakeBoard.Program());
        Assert.Equal(Verdict.Warning, finding.Verdict);
        Assert.Contains("--board pi-5", finding.Advice);
        Assert.Equal(Verdict.Ok, Check(board, FakeBoard.Program(dotProduct: true)).Verdict);
    }

    [Fact]
    public void A_Pi_4_is_not_told_of_instructions_that_it_lacks()
    {
        using FakeBoard board = FakeBoard.Pi4();
        Assert.Equal(Verdict.Ok, Check(board, FakeBoard.Program()).Verdict);
    }

    [Theory]
    [InlineData("fpu sse2 avx avx2 avx512bw", false, Verdict.Warning)]
    [InlineData("fpu sse2 avx avx2 avx512bw", true, Verdict.Ok)]
    [InlineData("fpu sse2 avx avx_vnni", false, Verdict.Ok)]
    internal void A_baseline_program_on_a_processor_with_avx2_is_told_of_the_faster_package(string flags, bool avx2, Verdict expected)
    {
        using FakeBoard board = FakeBoard.Pi4();
        board.Delete("/proc/device-tree");
        board.Write("/proc/cpuinfo", $"model name\t: Intel(R) N100\nflags\t\t: {flags}\n");
        Finding finding = Check(board, new ProgramFeatures(Architecture.X64, Native: true, Vectors: true, DotProduct: false, avx2));
        Assert.Equal(expected, finding.Verdict);
        Assert.StartsWith("Intel(R) N100, ", finding.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_32_bit_program_on_a_64_bit_processor_is_told_of()
    {
        using FakeBoard board = FakeBoard.Pi4();
        Finding finding = Check(board, new ProgramFeatures(Architecture.Arm, Native: true, Vectors: false, DotProduct: false, Avx2: false));
        Assert.Equal(Verdict.Warning, finding.Verdict);
        Assert.Contains("arm64", finding.Advice);
    }

    [Fact]
    public void Kernels_that_the_environment_forces_are_told_of()
    {
        using FakeBoard board = FakeBoard.Pi4();
        Finding finding = ProcessorCheck.Run(board.Machine, FakeBoard.Program(), KernelSet.Reference, "reference").Last();
        Assert.Equal((Verdict.Warning, "unset EDGE_KERNELS"), (finding.Verdict, finding.Advice));
    }

    private static Finding Check(FakeBoard board, ProgramFeatures program) => ProcessorCheck.Run(board.Machine, program, InstructionSet.Supported[0], null).Last();
}
