using System.Text;
using Edge.Detection;
using Edge.Quantization.Compilation;

namespace Edge.Quantization.Tests.Compilation;

public class MicroWakeWordManifestTests
{
    public const string Alexa =
        """
        {
          "type": "micro", "wake_word": "alexa", "author": "Somebody", "website": "https://example.org/", "model": "alexa.tflite", "trained_languages": ["en"], "version": 2,
          "micro": { "probability_cutoff": 0.9, "sliding_window_size": 5, "feature_step_size": 10, "tensor_arena_size": 22348, "minimum_esphome_version": "2024.7.0" }
        }
        """;

    [Fact]
    public void Version_2_says_cutoff_window_and_step()
    {
        MicroWakeWordManifest manifest = Read(Alexa);

        Assert.Equal((2, "alexa", 0.9, 5, 10), (manifest.Version, manifest.WakeWord, manifest.ProbabilityCutoff, manifest.SlidingWindowSize, manifest.FeatureStepMs));
        Assert.Equal(("Somebody", "https://example.org/"), (manifest.Author, manifest.Website));
    }

    [Fact]
    public void Version_1_names_its_window_otherwise_and_steps_by_20_ms()
    {
        MicroWakeWordManifest manifest = Read("""{"type":"micro","wake_word":"Alexa","version":1,"micro":{"probability_cutoff":0.66,"sliding_window_average_size":10}}""");

        Assert.Equal((1, "Alexa", 0.66, 10, 20), (manifest.Version, manifest.WakeWord, manifest.ProbabilityCutoff, manifest.SlidingWindowSize, manifest.FeatureStepMs));
    }

    [Theory]
    [InlineData("\"version\": 2", "\"version\": 3", "version is 3; expected a whole number from 1 to 2.")]
    [InlineData("\"type\": \"micro\", ", "", "type is missing or no text; expected 'micro'")]
    [InlineData("\"wake_word\": \"alexa\"", "\"wake_word\": \" \"", "wake_word is ''; expected what the model listens for.")]
    [InlineData("0.9", "1.5", "micro.probability_cutoff is 1.5; expected a number between 0 and 1.")]
    [InlineData("0.9", "\"0.9\"", "micro.probability_cutoff is missing or no number")]
    [InlineData("\"sliding_window_size\": 5, ", "", "micro.sliding_window_size is missing; expected a whole number from 1 to 1000.")]
    [InlineData("\"feature_step_size\": 10", "\"feature_step_size\": 0", "micro.feature_step_size is 0; expected a whole number from 1 to 30.")]
    [InlineData("\"micro\": {", "\"macro\": {", "micro is missing or no object; expected an object")]
    [InlineData("{", "[", "is not JSON")]
    public void What_is_missing_or_out_of_range_is_named(string text, string replacement, string expected)
    {
        int at = Alexa.IndexOf(text, StringComparison.Ordinal);

        var error = Assert.Throws<InvalidDataException>(() => Read(string.Concat(Alexa.AsSpan(0, at), replacement, Alexa.AsSpan(at + text.Length))));

        Assert.StartsWith("alexa.json ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_version_is_not_asked_for_the_fields_of_another()
    {
        string json = Alexa.Replace("\"version\": 2", "\"version\": 3", StringComparison.Ordinal);

        var error = Assert.Throws<InvalidDataException>(() => Read(json));

        Assert.Equal("alexa.json cannot be used: version is 3; expected a whole number from 1 to 2.", error.Message);
    }

    [Fact]
    public void A_wake_word_is_a_line_that_can_be_read()
    {
        string json = Alexa.Replace("\"alexa\"", $"\"{new string('a', 101)}\"", StringComparison.Ordinal);

        Assert.Contains("wake_word has 101 characters; expected", Assert.Throws<InvalidDataException>(() => Read(json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var error = Assert.Throws<InvalidDataException>(() => Read("""{"version":2,"micro":{}}"""));

        Assert.Equal(5, error.Message.Split(" expected ").Length - 1); // type, wake word, cutoff, window, step
    }

    [Theory]
    [InlineData(229 * 5, false)]
    [InlineData(229 * 5 + 1, true)]
    public void The_mean_must_exceed_the_cutoff_as_in_the_firmware(int sum, bool fires)
    {
        // The firmware compares 8-bit scores with floor(0.9 · 255) = 229.
        KeywordOptions options = DetectionDefaults.MicroWakeWord(Read(Alexa), stepMs: 30);
        var detector = new KeywordDetector(options, ["alexa"], 1.0 / 256, -128, TimeSpan.FromMilliseconds(30));
        bool fired = false;
        for (int step = 0; step < 5; step++)
        {
            int score = (sum + step) / 5; // five scores of that sum
            fired |= !detector.Push([(sbyte)(score - 128)], TimeSpan.FromMilliseconds(30 * (step + 1))).IsEmpty;
        }

        Assert.Equal(5, detector.SmoothingSteps);
        Assert.Equal(fires, fired);
    }

    private static MicroWakeWordManifest Read(string json) => MicroWakeWordManifest.Read(Encoding.UTF8.GetBytes(json), "alexa.json");
}
