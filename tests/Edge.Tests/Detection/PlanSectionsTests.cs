using System.Buffers;
using System.Text.Json;
using Edge.Detection;
using Edge.Features;
using Edge.Inference;

namespace Edge.Tests.Detection;

/// <summary>What the compiler writes is what the device reads.</summary>
public class PlanSectionsTests
{
    public static TheoryData<FrontEndOptions> FrontEnds =>
    [
        new MicroOptions(),
        new MicroOptions
        {
            SampleRateHz = 8_000, WindowSamples = 240, HopSamples = 80, Channels = 20, LowHz = 100, HighHz = 3_800, SmoothingBits = 9, EvenSmoothingQ14 = 1,
            OddSmoothingQ14 = 2, MinSignalRemainingQ14 = 3, Pcan = false, PcanStrengthHundredths = 4, PcanOffset = 5, PcanGainBits = 20, Log = false, ScaleShift = 7,
        },
        LogMelOptions.Librosa(16_000),
        LogMelOptions.Kaldi(48_000) with { IntegerSamples = true },
        LogMelOptions.TensorFlow(8_000),
        new MfccOptions(LogMelOptions.Kaldi(16_000)) { Coefficients = 12, Scaling = DctScaling.Orthonormal, Lifter = 22 },
        new PcmOptions { HopSamples = 400, WindowSamples = 400 },
    ];

    [Theory]
    [MemberData(nameof(FrontEnds))]
    public void A_front_end_survives_writing_and_reading(FrontEndOptions options)
    {
        var quantizer = new FeatureQuantizer { Numerator = 1_275, Offset = 1L << 40, Denominator = 3_328, ZeroPoint = -128 };
        var faults = new List<string>();
        var read = FrontEndPlan.Read(Section(json => FrontEndPlan.Write(json, options, quantizer), faults), faults);
        Assert.Empty(faults);
        Assert.Equal((options, quantizer, null), read);
        Assert.Equal(options.GetType(), read!.Value.Options.GetType());
    }

    [Theory]
    [MemberData(nameof(FrontEnds))]
    public void Every_option_of_a_front_end_is_written(FrontEndOptions options)
    {
        var faults = new List<string>();
        PlanSection section = Section(json => FrontEndPlan.Write(json, options, new FeatureQuantizer()), faults);
        IEnumerable<string> properties = options.GetType().GetProperties().Where(p => p.SetMethod is not null).Select(p => p.Name);
        Assert.Equal(
            properties.Select(p => char.ToLowerInvariant(p[0]) + p[1..]).Append("kind").Append("quantizer").Order(StringComparer.Ordinal),
            section.Names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Detection_settings_survive_writing_and_reading()
    {
        var options = new KeywordOptions
        {
            Thresholds = [0.25, 0.5, 1], Background = [0, 2], SmoothingMs = 1, ConsecutiveHits = 2, RefractoryMs = 3, WordMs = 4, WarmUpMs = 5,
        };
        var faults = new List<string>();
        var read = (KeywordOptions)DetectionPlan.Read(Section(json => DetectionPlan.Write(json, options), faults), 3)!;
        Assert.Empty(faults);
        Assert.Equal(options.Thresholds, read.Thresholds);
        Assert.Equal(options.Background, read.Background);
        Assert.Equal(options with { Thresholds = read.Thresholds, Background = read.Background }, read);
    }

    [Fact]
    public void Settings_of_sound_events_survive_writing_and_reading()
    {
        var complete = new SoundClass
        {
            Name = "siren", Labels = [0, 2], OnsetThreshold = 0.25, OffsetThreshold = 0.125, MinimumMs = 1, MergeGapMs = 2, MaximumMs = 3, RefractoryMs = 4,
            DelayMs = 5, OffsetDelayMs = 6, Parent = "any",
        };
        var options = new SoundEventOptions
        {
            SmoothingMs = 1, OnsetThreshold = 0.75, OffsetThreshold = 0.375, MinimumMs = 2, MergeGapMs = 3, MaximumMs = 5, RefractoryMs = 6, DelayMs = 7,
            OffsetDelayMs = 8, WarmUpMs = 9, Onsets = true, Classes = [complete, new SoundClass { Name = "any", Labels = [1] }],
        };
        foreach (SoundEventOptions one in (SoundEventOptions[])[options, new()])
        {
            var faults = new List<string>();
            var read = (SoundEventOptions)DetectionPlan.Read(Section(json => DetectionPlan.Write(json, one), faults), 3)!;
            Assert.Empty(faults);
            Assert.Equal(one with { Classes = [] }, read with { Classes = one.Classes.Count == 0 ? one.Classes : [] });
            Assert.Equal(
                one.Classes.Select(c => (c with { Labels = [] }, string.Join(' ', c.Labels))),
                read.Classes.Select(c => (c with { Labels = [] }, string.Join(' ', c.Labels))));
        }

        PlanSection section = Section(json => DetectionPlan.Write(json, options), []);
        Assert.Equal(NamesOf<SoundEventOptions>().Append("kind").Order(StringComparer.Ordinal), section.Names.Order(StringComparer.Ordinal));
        Assert.Equal(NamesOf<SoundClass>().Order(StringComparer.Ordinal), section.Sections("classes", 2)[0].Names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Settings_of_anomalies_survive_writing_and_reading()
    {
        var options = new AnomalyOptions { Threshold = 11.5, SmoothingMs = 1, RefractoryMs = 2, MaximumMs = 3, WarmUpMs = 4, Onsets = true, Label = "pump" };
        foreach (AnomalyOptions one in (AnomalyOptions[])[options, new() { Threshold = 0.25 }])
        {
            var faults = new List<string>();
            Assert.Equal(one, DetectionPlan.Read(Section(json => DetectionPlan.Write(json, one), faults), 0));
            Assert.Empty(faults);
        }

        PlanSection section = Section(json => DetectionPlan.Write(json, options), []);
        Assert.Equal(NamesOf<AnomalyOptions>().Append("kind").Order(StringComparer.Ordinal), section.Names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Utterance_settings_survive_writing_and_reading()
    {
        var options = new UtteranceOptions
        {
            SilenceMs = 1, QuietDb = -2, MinimumMs = 3, MaximumMs = 4, LeadMs = 5, Threshold = 0.6, Margin = 0.7, MarginSteps = 8, Label = "nine",
        };
        foreach (UtteranceOptions one in (UtteranceOptions[])[options, new(), new() { Regression = true }])
        {
            var faults = new List<string>();
            Assert.Equal(one, DetectionPlan.Read(Section(json => DetectionPlan.Write(json, one), faults), 2));
            Assert.Empty(faults);
        }

        PlanSection section = Section(json => DetectionPlan.Write(json, options), []);
        Assert.Equal(NamesOf<UtteranceOptions>().Append("kind").Order(StringComparer.Ordinal), section.Names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_feature_window_survives_writing_and_reading()
    {
        var options = (LogMelOptions)FrontEndCatalogue.Find("yamnet")!.Options;
        var window = new FeatureWindow { StrideFrames = 24, PeakNormalized = true };
        var faults = new List<string>();
        var read = FrontEndPlan.Read(Section(json => FrontEndPlan.Write(json, options, new FeatureQuantizer(), window), faults), faults);
        Assert.Empty(faults);
        Assert.Equal((options, new FeatureQuantizer(), window), read);
    }

    [Fact]
    public void What_a_section_leaves_out_is_the_default_or_what_was_there_before()
    {
        var faults = new List<string>();
        PlanSection section = new(JsonDocument.Parse("""{ "kind": "sound-event", "minimumMs": 70 }""").RootElement, "plan.section", faults);
        Assert.Equal(new SoundEventOptions().MergeGapMs, ((SoundEventOptions)DetectionPlan.Read(section, 1)!).MergeGapMs);
        var before = new SoundEventOptions { MergeGapMs = 12, MinimumMs = 34, DelayMs = 56 };
        Assert.Equal(before with { MinimumMs = 70 }, DetectionPlan.Read(section, 1, before));
        Assert.Equal(new SoundEventOptions().MergeGapMs, ((SoundEventOptions)DetectionPlan.Read(section, 1, new KeywordOptions { Thresholds = [1] })!).MergeGapMs);
        Assert.Empty(faults);
    }

    [Fact]
    public void A_self_test_survives_writing_and_reading()
    {
        using AudioModel model = TinyModel.Load();
        SelfTest test = model.ComputeSelfTest(9, 1_000);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            test.Write(json);
        }

        using AudioModel read = AudioModel.Load(TinyModel.File(selfTest: System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan)), "x.edge");
        Assert.Equal(test, read.SelfTest);
    }

    private static IEnumerable<string> NamesOf<T>() =>
        typeof(T).GetProperties().Where(p => p.SetMethod is not null).Select(p => char.ToLowerInvariant(p.Name[0]) + p.Name[1..]);

    private static PlanSection Section(Action<Utf8JsonWriter> write, List<string> faults)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            write(json);
        }

        return new PlanSection(JsonDocument.Parse(buffer.WrittenMemory).RootElement, "plan.section", faults);
    }
}
