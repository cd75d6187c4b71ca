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

    [Fact]
    public void Short_names_are_numbers_and_leave_input_and_output_alone()
    {
        var draft = new PlanDraft();
        (draft.Input, draft.Output) = (draft.AddActivation("x", [1, 1, 4], 1, 0), draft.AddActivation("1", [1, 1, 4], 1, 3));
        DraftTensor sum = draft.AddActivation("block/sum", [1, 1, 4], 1, 0), state = draft.AddActivation("x.window", [1, 1, 4], 1, 0, TensorStorage.State);
        DraftTensor bias = draft.AddConstant("block/bias", [4], new sbyte[4], 1);
        draft.AddOperator("history", [draft.Input], state);
        draft.AddOperator("add", [state, bias], sum, ("multiplier1", [1]));
        draft.AddOperator("reshape", [sum], draft.Output);

        JsonElement header = Header(EdgeFile.Write(draft, "small", [], shortNames: true));

        JsonElement plan = JsonDocument.Parse(header.GetProperty("__metadata__").GetProperty("plan").GetString()!).RootElement;
        string?[] names = [.. plan.GetProperty("tensors").EnumerateArray().Select(tensor => tensor.GetProperty("name").GetString())];
        Assert.Equal(["x", "1", "2", "3", "4"], (IEnumerable<string?>)names);
        Assert.True(header.TryGetProperty("4", out _));
        Assert.False(plan.GetProperty("tensors")[0].TryGetProperty("zeroPoint", out _));
        Assert.Equal(3, plan.GetProperty("tensors")[1].GetProperty("zeroPoint").GetInt32());
    }

    [Fact]
    public void Numbers_for_names_stay_unsaid_where_the_reader_knows()
    {
        var draft = new PlanDraft { Rounding = Rounding.Once, MemoryBytes = 64 };
        (draft.Input, draft.Output) = (draft.AddActivation("x", [1, 1, 1, 4], 1, 0), draft.AddActivation("y", [1, 1, 1, 4], 1, 0));
        DraftTensor middle = draft.AddActivation("block/copy", [1, 1, 4, 1], 1, 0);
        (draft.Input.Offset, middle.Offset, draft.Output.Offset) = (0, 16, 32);
        draft.AddOperator("reshape", [draft.Input], middle);
        draft.AddOperator("reshape", [middle], draft.Output);

        byte[] file = EdgeFile.Write(draft, "small", [], sectionsVersion: 4, shortNames: true);

        using Model model = Model.Load(file, "small");
        Assert.Equal(["x", "y", "2"], model.Tensors.Select(tensor => tensor.Name));
        JsonElement plan = JsonDocument.Parse(Header(file).GetProperty("__metadata__").GetProperty("plan").GetString()!).RootElement;
        Assert.Equal([true, true, false], plan.GetProperty("tensors").EnumerateArray().Select(tensor => tensor.TryGetProperty("name", out _)));
    }

    private static PlanDraft Draft(string kind, Rounding rounding)
    {
        var draft = new PlanDraft { Rounding = rounding };
        (draft.Input, draft.Output) = (draft.AddActivation("x", [1], 1, 0), draft.AddActivation("y", [1], 1, 0, TensorStorage.State));
        draft.AddOperator(kind, [draft.Input], draft.Output);
        return draft;
    }

    private static string? Version(byte[] file) => Header(file).GetProperty("__metadata__").GetProperty("version").GetString();

    private static JsonElement Header(byte[] file) =>
        JsonDocument.Parse(file.AsMemory(sizeof(ulong), (int)BinaryPrimitives.ReadUInt64LittleEndian(file))).RootElement;
}
