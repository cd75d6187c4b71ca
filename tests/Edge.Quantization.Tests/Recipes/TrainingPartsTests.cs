using System.Text.Json;

namespace Edge.Quantization.Tests.Recipes;

/// <summary>The parts of quantization/recipes/training that need no engine; the tests themselves are in training_parts.py, which runs once.</summary>
public class TrainingPartsTests
{
    private static readonly Lazy<Dictionary<string, string?>> Problems = new(() => PythonScript.RunTest("training_parts.py")
        .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)
        .ToDictionary(row => row.GetProperty("test").GetString()!, row => row.GetProperty("problem").GetString()));

    [Theory]
    [InlineData("rescaling_is_exact_where_float64_is_not")]
    [InlineData("ties_go_up_in_float64_and_in_int64")]
    [InlineData("a_factor_over_a_count_is_rounded_once")]
    [InlineData("a_gradient_is_the_real_factor_and_stops_at_the_ends")]
    [InlineData("four_bits_are_packed_as_the_format_says")]
    [InlineData("a_file_that_is_no_model_is_refused_with_its_name")]
    [InlineData("a_student_that_says_what_its_teacher_says_has_no_loss")]
    [InlineData("feature_matching_is_l1_and_cosine_over_layers")]
    [InlineData("pseudo_labels_are_grouped_by_their_largest_and_sum_to_one")]
    [InlineData("mixup_mixes_inputs_and_targets_alike")]
    [InlineData("augmentation_keeps_shapes_and_what_it_must")]
    [InlineData("the_rate_rises_and_falls_and_weights_are_averaged")]
    public void The_script_finds_that(string test)
    {
        PythonScript.Require();
        Assert.True(Problems.Value.TryGetValue(test, out string? problem), $"training_parts.py has no test {test}; it has {string.Join(", ", Problems.Value.Keys)}.");
        Assert.True(problem is null, problem);
    }

    [Fact]
    public void Every_test_of_the_script_is_listed_here()
    {
        PythonScript.Require();
        Assert.Equal(GetType().GetMethod(nameof(The_script_finds_that))!.GetCustomAttributesData().Where(data => data.AttributeType == typeof(InlineDataAttribute))
            .Select(data => ((IReadOnlyCollection<System.Reflection.CustomAttributeTypedArgument>)data.ConstructorArguments[0].Value!).First().Value), Problems.Value.Keys);
    }
}
