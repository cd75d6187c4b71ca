using Edge.Quantization.Analysis.Evaluation;

namespace Edge.Quantization.Tests.Analysis.Evaluation;

public class LabelMapTests
{
    private static readonly string[] Labels = ["other", "smart mirror", "a_b", "a-b"];

    [Theory]
    [InlineData("smart mirror", 1)]
    [InlineData("Smart-Mirror", 1)]
    [InlineData("a_b", 2)]
    [InlineData("a b", null)] // two labels are alike
    [InlineData("mirror", null)]
    public void A_name_finds_the_label_that_is_written_alike(string name, int? expected) => Assert.Equal(expected, new LabelMap(Labels).Find(name));

    [Fact]
    public void Names_are_mapped_and_left_out()
    {
        var map = new LabelMap(Labels, new Dictionary<string, string> { ["noise"] = "other" }, ["broken"]);

        IReadOnlyList<(LabelledClip Clip, int Label)> resolved = map.Resolve([new("1", "noise"), new("2", "broken"), new("3", "smart-mirror")]);

        Assert.Equal([("1", 0), ("3", 1)], resolved.Select(pair => (pair.Clip.Path, pair.Label)));
    }

    [Fact]
    public void All_names_that_are_no_label_are_told_with_what_to_do()
    {
        string message = Assert.Throws<InvalidDataException>(() => new LabelMap(Labels).Resolve([new("1", "cat"), new("2", "dog"), new("3", "cat"), new("4", "other")])).Message;

        Assert.Contains("labelled 'cat', 'dog', and", message, StringComparison.Ordinal);
        Assert.Contains("--map cat=LABEL", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_left_and_a_map_to_no_label_are_refused()
    {
        Assert.Throws<InvalidDataException>(() => new LabelMap(Labels, null, ["other"]).Resolve([new("1", "other")]));
        Assert.Throws<ArgumentException>(() => new LabelMap(Labels, new Dictionary<string, string> { ["x"] = "y" }));
    }
}
