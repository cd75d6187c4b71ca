using System.Text.Json;
using Edge.Cli;
using Edge.Tests.Detection;

namespace Edge.Tests.Cli;

/// <summary>Settings of detectors on the command line and from files.</summary>
public sealed partial class ProgramTests
{
    [Fact]
    public void A_threshold_on_the_command_line_replaces_the_model_s()
    {
        Assert.Empty(Run("run", "--model", model, "--threshold", "1", recording).Lines);
        Assert.NotEmpty(Run("run", "--model", model, "--threshold", "0.5", recording).Lines);
    }

    [Fact]
    public void Sound_events_have_a_beginning_an_end_and_a_mean_score()
    {
        string sounds = TinyModel.Write(folder, "sounds", detection: TinyModel.SoundEvents);
        string[] lines = Run("run", "--model", sounds, recording).Lines;
        Assert.Equal([$"{recording}  0.50-0.70 s  high", $"{recording}  1.00-1.20 s  low"], lines.Select(l => string.Join("  ", l.Split("  ")[..3])));
        JsonElement high = JsonDocument.Parse(Run("run", "--model", sounds, "--json", recording).Lines[0]).RootElement;
        Assert.Equal(["file", "model", "label", "score", "start_s", "end_s", "mean_score"], high.EnumerateObject().Select(p => p.Name));
        Assert.InRange(high.GetProperty("mean_score").GetDouble(), 0.8, high.GetProperty("score").GetDouble());
    }

    [Fact]
    public void Onsets_are_told_on_request()
    {
        string sounds = TinyModel.Write(folder, "sounds", detection: TinyModel.SoundEvents);
        string[] lines = Run("run", "--model", sounds, "--onsets", recording).Lines;
        Assert.Equal(["0.50-… s", "0.50-0.70 s", "1.00-… s", "1.00-1.20 s"], lines.Select(l => l.Split("  ")[1]));
        JsonElement[] json = [.. Run("run", "--model", sounds, "--onsets", "--json", recording).Lines.Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal([true, false, true, false], json.Select(j => j.TryGetProperty("phase", out JsonElement phase) && phase.GetString() == "onset"));
    }

    [Theory]
    [InlineData("--only low", "low")]
    [InlineData("--only LOW,high", "high low")]
    [InlineData("--only loud", "loud loud")] // with its children goes what hides it
    [InlineData("--only loud --only high", "high loud")]
    [InlineData("--min-ms 201", "")]
    [InlineData("--threshold 1", "")]
    [InlineData("--threshold 0.9 --offset-threshold 0.9", "high low")]
    public void The_settings_of_sound_events_are_replaced_on_the_command_line(string options, string expected)
    {
        string sounds = TinyModel.Write(folder, "sounds", detection: TinyModel.SoundEvents);
        (int code, string[] lines, string errors) = Run(["run", "--model", sounds, .. options.Split(' '), recording]);
        Assert.Equal((ExitCode.Done, "", expected), (code, errors, string.Join(' ', lines.Select(l => l.Split("  ")[2]))));
    }

    [Fact]
    public void An_utterance_has_one_label_and_its_score()
    {
        string utterances = TinyModel.Write(folder, "utterances", detection: """{ "kind": "utterance", "silenceMs": 100 }""");
        string[] lines = Run("run", "--model", utterances, recording).Lines;
        Assert.Equal([$"{recording}  0.50-0.70 s  high", $"{recording}  1.00-1.20 s  low"], lines.Select(l => string.Join("  ", l.Split("  ")[..3])));
        JsonElement high = JsonDocument.Parse(Run("run", "--model", utterances, "--json", recording).Lines[0]).RootElement;
        Assert.Equal(["file", "model", "label", "score", "start_s", "end_s"], high.EnumerateObject().Select(p => p.Name));
        Assert.Empty(Run("run", "--model", utterances, "--threshold", "1", recording).Lines);
        Assert.Contains("utterance, ends after 100 ms below -50 dB", string.Join('\n', Run("inspect", utterances).Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_regression_prints_its_values_by_label()
    {
        string values = TinyModel.Write(folder, "values", detection: """{ "kind": "utterance", "silenceMs": 100, "regression": true, "label": "voice" }""");
        Assert.Equal($"{recording}  0.50-0.70 s  voice silence 0.01 high 0.99 low 0.00  (values)", Run("run", "--model", values, recording).Lines[0]);
        JsonElement voice = JsonDocument.Parse(Run("run", "--model", values, "--json", recording).Lines[0]).RootElement;
        Assert.Equal(["file", "model", "label", "start_s", "end_s", "values"], voice.EnumerateObject().Select(p => p.Name));
        Assert.Equal(["silence", "high", "low"], voice.GetProperty("values").EnumerateObject().Select(p => p.Name));
    }

    [Theory]
    [InlineData("--only high", "--only is for words and sounds")]
    [InlineData("--onsets", "--onsets is for sounds with a beginning and an end")]
    [InlineData("--error-threshold 3", "--error-threshold is for models that hear anomalies")]
    public void Options_that_do_not_suit_utterances_are_refused(string options, string expected)
    {
        string utterances = TinyModel.Write(folder, "utterances", detection: """{ "kind": "utterance" }""");
        (int code, _, string errors) = Run(["run", "--model", utterances, .. options.Split(' '), recording]);
        Assert.Equal(ExitCode.WrongUsage, code);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_some_words_are_heard_on_request() =>
        Assert.Contains("low", Assert.Single(Run("run", "--model", model, "--only", "low", recording).Lines));

    [Fact]
    public void Settings_may_come_from_a_file()
    {
        string settings = Write("settings.json", """{ "kind": "sound-event", "classes": [{ "name": "down", "labels": ["LOW"] }] }"""u8);
        Assert.Equal("down", Assert.Single(Run("run", "--model", model, "--detection", settings, recording).Lines).Split("  ")[2]);
        Write("settings.json", """{ "refractoryMs": 60000, "background": ["high"] }"""u8); // of the model's own kind
        Assert.Equal("low", Assert.Single(Run("run", "--model", model, "--detection", settings, recording).Lines).Split("  ")[2]);
    }

    [Theory]
    [InlineData("{ \"kind\": \"sound-event\", \"classes\": [{ \"name\": \"a\", \"labels\": [\"lwo\"] }] }", "'lwo' is no label of the model; expected one of its 3")]
    [InlineData("{ \"kind\": \"sound-event\", \"classes\": [{ \"name\": \"a\", \"labels\": [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\"] }] }", "'a', 'b', 'c', 'd', 'e' and 2 more are no labels of the model")]
    [InlineData("{ \"kind\": \"sound-event\", \"onsetThreshold\": \"1\", \"mergeGapMs\": 0.5 }", "detection: onsetThreshold is \"1\"; expected a number. detection: mergeGapMs is 0.5; expected a whole number of at most 32 bits.")]
    [InlineData("{ \"kind\": \"sound\" }", "kind is 'sound'")]
    [InlineData("{ \"thresholds\": 1 }", "thresholds is 1")]
    [InlineData("[]", "expected an object")]
    [InlineData("{", "is not JSON")]
    [InlineData("", "is not JSON")]
    public void A_settings_file_that_cannot_be_used_is_named(string json, string expected)
    {
        string settings = Write("settings.json", System.Text.Encoding.UTF8.GetBytes(json));
        (int code, string[] lines, string errors) = Run("run", "--model", model, "--detection", settings, recording);
        Assert.Equal((ExitCode.BadInputFile, 0), (code, lines.Length));
        Assert.Contains("settings.json", errors);
        Assert.Contains(expected, errors);
        Assert.Equal(ExitCode.BadInputFile, Run("run", "--model", model, "--detection", InFolder("none.json"), recording).Code);
    }

    [Theory]
    [InlineData("--onsets", "--onsets is for sounds with a beginning and an end; tiny is a model of kind keyword")]
    [InlineData("--min-ms 3", "--min-ms is for sounds")]
    [InlineData("--only lows", "--only names 'lows', which the model does not listen for.")]
    [InlineData("--only ,", "--only names nothing")]
    public void Settings_that_do_not_suit_the_model_are_refused(string options, string expected)
    {
        (int code, string[] lines, string errors) = Run(["run", "--model", model, .. options.Split(' '), recording]);
        Assert.Equal((ExitCode.WrongUsage, 0), (code, lines.Length));
        Assert.Contains(expected, errors);
    }

    [Fact]
    public void Settings_that_do_not_suit_the_pace_of_the_model_are_refused()
    {
        string settings = Write("settings.json", """{ "smoothingMs": 60000 }"""u8);
        (int code, string[] lines, string errors) = Run("run", "--model", model, "--detection", settings, recording);
        Assert.Equal((ExitCode.WrongUsage, 0), (code, lines.Length));
        Assert.Contains("smoothingMs spans 6000 steps", errors);
    }

    [Fact]
    public void An_offset_threshold_above_the_onset_threshold_is_refused()
    {
        string sounds = TinyModel.Write(folder, "sounds", detection: TinyModel.SoundEvents);
        (int code, _, string errors) = Run("run", "--model", sounds, "--offset-threshold", "0.6", recording);
        Assert.Equal(ExitCode.WrongUsage, code);
        Assert.Contains("OnsetThreshold is 0.5 and OffsetThreshold 0.6", errors);
    }
}
