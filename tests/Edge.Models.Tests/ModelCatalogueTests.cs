using System.Text.RegularExpressions;
using Edge.Cli;
using Edge.Features;
using Edge.Tests;

namespace Edge.Models.Tests;

public partial class ModelCatalogueTests
{
    public static TheoryData<string> Names() => [.. ModelCatalogue.Read().Select(entry => entry.Name)];

    /// <summary>File of ../shared, and the model and file of the catalogue that it is a copy of.</summary>
    [Theory]
    [InlineData("microwakeword-alexa.tflite", "microwakeword-alexa")]
    [InlineData("microwakeword-okay-nabu.tflite", "microwakeword-okay-nabu")]
    [InlineData("mlperf-tiny-ad.tflite", "mlperf-tiny-ad")]
    [InlineData("mlperf-tiny-kws.tflite", "mlperf-tiny-kws")]
    [InlineData("yamnet-spectra-in.tflite", "yamnet")]
    [InlineData("yamnet-class-map.csv", "yamnet")]
    public void Length_and_hash_are_those_of_the_file(string file, string name)
    {
        CatalogueEntry entry = ModelCatalogue.Find(name);
        CatalogueFile listed = Path.GetExtension(file) == ".csv" ? entry.LabelFile! : entry.Model;
        Assert.True(listed.Is(Repository.Shared("models", file)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_entry_says_what_whose_and_where(string name)
    {
        CatalogueEntry entry = ModelCatalogue.Find(name);
        Assert.All([entry.Hears, entry.Licence, entry.Holder], Assert.NotEmpty);
        Assert.NotNull(FrontEndCatalogue.Find(entry.FrontEnd));
        Assert.EndsWith(".tflite", entry.Model.Name);
        foreach (CatalogueFile file in entry.Files)
        {
            Assert.Equal("https", file.Address.Scheme);
            Assert.Matches(OfOneCommit(), file.Address.AbsolutePath);
            Assert.Matches(Sha256(), file.Sha256);
            Assert.InRange(file.Bytes, 1, 100_000_000);
        }
    }

    [Fact]
    public void Names_are_in_order_and_each_stands_once()
    {
        string[] names = [.. ModelCatalogue.Read().Select(entry => entry.Name)];
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.Distinct(names);
    }

    [Fact]
    public void A_name_that_is_not_there_is_told_with_the_nearest()
    {
        UsageException fault = Assert.Throws<UsageException>(() => ModelCatalogue.Find("yamnett"));
        Assert.Contains("Did you mean", fault.Message);
        Assert.Contains("yamnet", fault.Message);
        Assert.Contains("Did you mean microwakeword-alexa?", Assert.Throws<UsageException>(() => ModelCatalogue.Find("Alexa")).Message);
    }

    [Fact]
    public void A_mirror_has_the_files_at_the_same_paths()
    {
        CatalogueFile file = ModelCatalogue.Find("yamnet").Model;
        Assert.Equal($"http://mirror:8080/models{file.Address.AbsolutePath}", file.On(new Uri("http://mirror:8080/models/")).AbsoluteUri);
        Assert.Equal($"http://mirror{file.Address.AbsolutePath}", file.On(new Uri("http://mirror")).AbsoluteUri);
        Assert.Equal(file.Address, file.On(null));
    }

    [GeneratedRegex("/[0-9a-f]{40}/")]
    private static partial Regex OfOneCommit();

    [GeneratedRegex("^[0-9a-f]{64}$")]
    private static partial Regex Sha256();
}
