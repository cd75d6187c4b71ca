using Edge.Detection;
using Edge.Inference;
using Edge.Numerics;

namespace Edge.Tests.Detection;

public class AudioModelTests
{
    [Fact]
    public void A_file_says_all_that_lies_between_sound_and_events()
    {
        using AudioModel model = TinyModel.Load(rateHz: 8_000);
        Assert.Equal(("tiny", 8_000, 80, 1), (model.Name, model.SampleRateHz, model.StepSamples, model.FramesPerStep));
        Assert.Equal(TimeSpan.FromMilliseconds(10), model.Step);
        Assert.Equal(["silence", "high", "low"], model.Labels);
        Assert.Equal([1, 0.8, 0.8], ((KeywordOptions)model.Detection).Thresholds);
        Assert.Equal(256, model.Quantizer.Denominator);
        Assert.Null(model.SelfTest);
    }

    [Fact]
    public void Scores_tell_of_the_newest_frames_where_the_network_keeps_no_window()
    {
        using AudioModel model = TinyModel.Load(detection: TinyModel.SoundEvents);
        Assert.Equal((1, TimeSpan.FromMilliseconds(10)), (model.WindowFrames, model.Window));
        Assert.IsType<SoundEventDetector>(model.CreateDetector());
    }

    [Theory]
    [InlineData("", null, "plan.frontEnd is missing")]
    [InlineData(null, "", "plan.detection is missing")]
    [InlineData("""{ "kind": "cochlea" }""", null, "kind is 'cochlea'; expected one of micro, log-mel, mfcc, pcm")]
    [InlineData("""{ "kind": "pcm", "hopSamples": 160, "windowSamples": 160 }""", null, "quantizer is missing")]
    [InlineData("""{ "kind": "pcm", "hopSamples": 160, "windowSamples": 160, "quantizer": {} }""", null, "Denominator is 0")]
    [InlineData("""{ "kind": "pcm", "hopSamples": 160, "hopMs": 10 }""", null, "hopMs is unknown")]
    [InlineData("""{ "kind": "pcm", "hopSamples": -1, "quantizer": { "numerator": 1, "denominator": 1 } }""", null, "HopSamples is -1")]
    [InlineData("""{ "kind": "pcm", "hopSamples": 80, "windowSamples": 80, "quantizer": { "numerator": 1, "denominator": 1 } }""", null, "gives 80 features a frame")]
    [InlineData("""{ "kind": "log-mel", "melScale": "bark", "quantizer": { "numerator": 1, "denominator": 1 } }""", null, "melScale is 'bark'")]
    [InlineData("[]", null, "expected an object")]
    [InlineData(null, """{ "kind": "siren" }""", "kind is 'siren'")]
    [InlineData(null, """{ "kind": "keyword", "thresholds": [1] }""", "1 entries; expected one for each of 3 labels")]
    [InlineData(null, """{ "kind": "keyword", "thresholds": [1, 1, "x"] }""", "thresholds[2]")]
    [InlineData(null, """{ "kind": "keyword", "thresholds": [1, 1, 1], "background": [0, 1, 2] }""", "nothing could ever be heard")]
    [InlineData(null, """{ "kind": "keyword", "thresholds": [1, 1, 1], "smoothingMs": 60000 }""", "spans 6000 steps")]
    [InlineData(null, """{ "kind": "keyword", "thresholds": [1, 1, 1], "refractoryMS": 1 }""", "refractoryMS is unknown")]
    [InlineData(null, """{ "kind": "sound-event", "classes": 3 }""", "classes is 3; expected an array")]
    [InlineData(null, """{ "kind": "sound-event", "classes": [3] }""", "plan.detection.classes[0] is 3; expected an object")]
    [InlineData(null, """{ "kind": "sound-event", "classes": [{ "name": "a", "labels": ["b"] }] }""", "plan.detection.classes[0]: labels[0] is \"b\"")]
    [InlineData(null, """{ "kind": "sound-event", "classes": [{ "name": "a", "labels": [0], "colour": 1 }] }""", "colour is unknown")]
    [InlineData(null, """{ "kind": "sound-event", "classes": [{ "name": "a", "labels": [3] }] }""", "expected one or more indices from 0 to 2")]
    [InlineData(null, """{ "kind": "sound-event", "thresholds": [1, 1, 1] }""", "thresholds is unknown")]
    [InlineData(null, """{ "kind": "sound-event", "delayMs": null }""", "delayMs is null; expected a whole number")]
    [InlineData(null, """{ "kind": "sound-event", "smoothingMs": 60000 }""", "spans 6000 steps")]
    [InlineData(null, """{ "kind": "sound-event", "minimumMs": 60000, "mergeGapMs": 60000, "maximumMs": 3600000, "classes": [{ "name": "a", "labels": [0] }, { "name": "b", "labels": [0], "parent": "a", "mergeGapMs": 0 }, { "name": "c", "labels": [0], "parent": "b" }, { "name": "d", "labels": [0], "parent": "c" }, { "name": "e", "labels": [0], "parent": "d" }, { "name": "f", "labels": [0], "parent": "e" }, { "name": "g", "labels": [0], "parent": "f" }] }""", "steps of 7 classes wait at once")]
    public void A_section_that_is_wrong_is_named(string? frontEnd, string? detection, string expected)
    {
        var e = Assert.Throws<ModelFormatException>(() => AudioModel.Load(TinyModel.File(frontEnd: frontEnd, detection: detection), "x.edge"));
        Assert.Contains(expected, e.Message);
        Assert.StartsWith("x.edge", e.Message);
    }

    [Theory]
    [InlineData("""{ "seed": -1, "samples": 10 }""", "seed")]
    [InlineData("""{ "seed": 1, "samples": 2000000000, "sha256": "" }""", "samples is 2000000000")]
    [InlineData("""{ "seed": 1, "samples": 10, "sha256": "ABC" }""", "hexadecimal")]
    public void A_self_test_that_is_wrong_is_named(string selfTest, string expected) => Assert.Contains(
        expected, Assert.Throws<ModelFormatException>(() => AudioModel.Load(TinyModel.File(selfTest: selfTest), "x.edge")).Message);

    [Fact]
    public void All_faults_of_all_sections_are_told_at_once()
    {
        byte[] file = TinyModel.File(frontEnd: """{ "kind": "mel" }""", detection: """{ "kind": "siren" }""", selfTest: "3", labels: "[]");
        IReadOnlyList<string> faults = Assert.Throws<ModelFormatException>(() => AudioModel.Load(file, "x.edge")).Faults;
        Assert.All(["plan.frontEnd", "plan.detection", "plan.selfTest", "plan.labels"], place => Assert.Contains(faults, fault => fault.StartsWith(place, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_self_test_passes_with_every_set_of_kernels()
    {
        SelfTest test = TinyModel.Load().ComputeSelfTest(7, 20_000);
        byte[] file = TinyModel.File(selfTest: $$"""{ "seed": 7, "samples": 20000, "sha256": "{{test.Sha256}}" }""");
        foreach (KernelSet kernels in InstructionSet.Supported)
        {
            using AudioModel model = AudioModel.Load(file, "x.edge", kernels);
            Assert.Equal(test, model.SelfTest);
            Assert.True(model.Verify());
        }
    }

    [Fact]
    public void A_self_test_fails_where_a_weight_was_changed()
    {
        SelfTest test = TinyModel.Load().ComputeSelfTest(7, 20_000);
        byte[] file = TinyModel.File(selfTest: $$"""{ "seed": 7, "samples": 20000, "sha256": "{{test.Sha256}}" }""");
        file[^1] = 40;
        using AudioModel model = AudioModel.Load(file, "x.edge");
        Assert.False(model.Verify());
    }

    [Fact]
    public void Different_signals_have_different_digests()
    {
        using AudioModel model = TinyModel.Load();
        Assert.Equal(3, new[] { model.ComputeSelfTest(1, 16_000), model.ComputeSelfTest(2, 16_000), model.ComputeSelfTest(1, 17_000) }.Select(t => t.Sha256).Distinct().Count());
    }

    [Fact]
    public void Without_a_self_test_there_is_nothing_to_verify() =>
        Assert.Throws<InvalidOperationException>(() => TinyModel.Load().Verify());
}
