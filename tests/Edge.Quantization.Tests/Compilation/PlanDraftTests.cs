using Edge.Quantization.Compilation;

namespace Edge.Quantization.Tests.Compilation;

public class PlanDraftTests
{
    [Theory]
    [InlineData("/blocks/blocks.0/depthwise/conv/Conv_output_0.weight", "blocks.0/depthwise/conv.weight")]
    [InlineData("/input/Pad_output_0", "input/Pad")]
    [InlineData("features", "features")]
    [InlineData("/Relu_1_output_0", "Relu_1")]
    public void An_exporters_name_loses_what_it_repeats(string name, string expected) => Assert.Equal(expected, PlanDraft.Shorten(name));

    [Fact]
    public void Names_stay_unique()
    {
        var draft = new PlanDraft();

        Assert.Equal("a", draft.AddActivation("a", [1], 1, 0).Name);
        Assert.Equal("a.1", draft.AddActivation("/a", [1], 1, 0).Name);
    }
}
