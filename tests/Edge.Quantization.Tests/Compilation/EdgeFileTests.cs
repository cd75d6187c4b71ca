using System.Buffers.Binary;
using System.Text.Json;
using Edge.Inference;
using Edge.Numerics;
using Edge.Quantization.Compilation;

namespace Edge.Quantization.Tests.Compilation;

public class EdgeFileTests
{
    [Theory]
    [InlineData("mean", Rounding.Once, "2")]
    [InlineData("mean", Rounding.Twice, "3")]
    [InlineData("add", Rounding.Twice, "2")]
    [InlineData("subtract", Rounding.Once, "3")]
    public void A_file_has_the_lowest_version_that_has_its_operators(string kind, Rounding rounding, string version) =>
        Assert.Equal(version, Version(EdgeFile.Write(Draft(kind, rounding), "small", [])));

    [Fact]
    public void States_of_operators_first_values_and_sections_raise_the_version()
    {
        PlanDraft draft = Draft("svdf", Rounding.Once);
        draft.Operators[0] = draft.Operators[0] with { States = [draft.Input!] };
        Assert.Equal("3", Version(EdgeFile.Write(draft, "small", [])));

        draft = Draft("history", Rounding.Once);
        draft.Output!.Initial = draft.AddConstant("initial", [1], new sbyte[1]);
        Assert.Equal("3", Version(EdgeFile.Write(draft, "small", [])));

        Assert.Equal("3", Version(EdgeFile.Write(Draft("history", Rounding.Once), "small", [], sectionsVersion: 3)));
    }

    private static PlanDraft Draft(string kind, Rounding rounding)
    {
        var draft = new PlanDraft { Rounding = rounding };
        (draft.Input, draft.Output) = (draft.AddActivation("x", [1], 1, 0), draft.AddActivation("y", [1], 1, 0, TensorStorage.State));
        draft.AddOperator(kind, [draft.Input], draft.Output);
        return draft;
    }

    private static string? Version(byte[] file)
    {
        using JsonDocument header = JsonDocument.Parse(file.AsMemory(sizeof(ulong), (int)BinaryPrimitives.ReadUInt64LittleEndian(file)));
        return header.RootElement.GetProperty("__metadata__").GetProperty("version").GetString();
    }
}
