using System.Text.Json;
using Edge.Tests;

namespace Edge.Quantization.Tests.Recipes;

/// <summary>The recipes' PyTorch definitions against the parameter counts of the papers and of the published code.</summary>
/// <remarks>A recipe's `count.py` prints a line a network, {"network": "ds-cnn", "parameters": 32170}; buffers that are not trained count where the publication counts them.</remarks>
public class ParameterCountTests
{
    [Theory]
    [InlineData("hubert", "hubert-base", 94_371_712)]
    [InlineData("hubert", "distilhubert", 23_491_200)]
    [InlineData("hubert", "lighthubert-small", 26_873_728)]
    [InlineData("lmuformer", "lmuformer", 1_621_796)]
    [InlineData("wav2small", "wav2small-72k", 72_477)]
    [InlineData("wav2small", "wav2small-17k", 17_244)]
    public void A_network_has_as_many_parameters_as_its_publication_says(string recipe, string network, long published) =>
        Assert.Equal(published, Count(recipe, network));

    [Theory]
    [InlineData("lmuformer", "lmuformer-small", 100_000)]
    [InlineData("speech-encoder", "speech-encoder", 1_500_000)]
    [InlineData("tiny-transformer", "tiny-transformer", 7_000)]
    public void A_network_has_no_more_parameters_than_its_recipe_allows(string recipe, string network, long most) =>
        Assert.InRange(Count(recipe, network), 1, most);

    private static readonly Dictionary<string, Dictionary<string, long>> Counts = [];

    private static long Count(string recipe, string network)
    {
        string script = Repository.PathTo("quantization", "recipes", recipe, "count.py");
        Assert.SkipUnless(File.Exists(script), $"quantization/recipes/{recipe}/count.py is not in this checkout");
        if (!Counts.TryGetValue(recipe, out Dictionary<string, long>? counts))
        {
            string[] lines = PythonScript.Run($"{recipe}/count.py").Split('\n', StringSplitOptions.RemoveEmptyEntries);
            counts = Counts[recipe] = lines.Select(line => JsonDocument.Parse(line).RootElement)
                .ToDictionary(row => row.GetProperty("network").GetString()!, row => row.GetProperty("parameters").GetInt64());
        }

        Assert.True(counts.TryGetValue(network, out long count), $"{recipe}/count.py counts {string.Join(", ", counts.Keys)}; expected {network} among them.");
        return count;
    }
}
