namespace Edge.Quantization.Tests.Recipes;

/// <summary>The recipe of LMUFormer checks itself: constants of the memory, its two forms, the neurons' gradient, the exported graphs.</summary>
public sealed class LmuFormerTests
{
    [Fact]
    public void The_memory_and_the_networks_hold_what_the_recipe_says() => PythonScript.Run("lmuformer/check.py");
}
