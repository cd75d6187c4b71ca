using Edge.Numerics;

namespace Edge.Tests;

public class InstructionSetTests
{
    [Fact]
    public void The_reference_is_always_there_and_last() => Assert.Equal(KernelSet.Reference, InstructionSet.Supported[^1]);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Without_the_variable_the_fastest_set_is_chosen(string? name) =>
        Assert.Equal(InstructionSet.Supported[0], InstructionSet.Choose(name));

    [Theory]
    [InlineData("reference")]
    [InlineData("Reference")]
    public void The_variable_forces_a_set(string name) => Assert.Equal(KernelSet.Reference, InstructionSet.Choose(name));

    [Fact]
    public void Every_supported_set_can_be_forced() => Assert.All(
        InstructionSet.Supported, set => Assert.Equal(set, InstructionSet.Choose(set.ToString().ToLowerInvariant())));

    [Fact]
    public void An_unknown_name_is_refused_with_the_names_there_are()
    {
        var fault = Assert.Throws<InvalidOperationException>(() => InstructionSet.Choose("neon"));
        Assert.Contains("EDGE_KERNELS is 'neon'; expected reference, vector128, avx2 or avx512", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_set_that_is_not_supported_is_refused_with_those_that_are()
    {
        var fault = Assert.Throws<InvalidOperationException>(() => InstructionSet.Choose("avx2", [KernelSet.Vector128, KernelSet.Reference]));
        Assert.Contains("it has vector128, reference", fault.Message, StringComparison.Ordinal);
    }
}
