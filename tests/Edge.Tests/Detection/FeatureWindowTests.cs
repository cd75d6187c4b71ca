using Edge.Detection;
using Edge.Features;
using Edge.Inference;
using Edge.Tests.Features;

namespace Edge.Tests.Detection;

/// <summary>Networks that take a whole window of frames at every step.</summary>
public class FeatureWindowTests
{
    private const int Frames = 10;

    private static readonly MfccOptions Mfcc = (MfccOptions)FrontEndCatalogue.Find("mlperf-kws")!.Options;
    private static readonly string MfccFields = """
        "kind": "mfcc", "windowSamples": 480, "hopSamples": 320, "bands": 40, "lowHz": 20, "highHz": 4000, "melScale": "htk", "triangleAxis": "mel",
        "innerBinsOnly": true, "spectrum": "magnitude", "floor": "add", "floorExponent": -6, "coefficients": 10,
        "quantizer": { "numerator": 1, "offset": 16384, "denominator": 32768, "zeroPoint": 5 }
        """;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    public void A_step_takes_the_newest_frames_of_the_window(int stride)
    {
        using AudioModel model = Load(Window(stride, peakNormalized: false));
        short[] sound = Signals.Noise(16_000, 8_000);
        sbyte[][] frames = Quantized(model, FrontEnd.Create(Mfcc), sound);
        var zero = Enumerable.Repeat(new sbyte[10], Frames); // the input's zero point
        sbyte[][] padded = [.. zero, .. frames];
        List<(sbyte[] Features, long Samples)> steps = Run(new Scorer(model), sound, _ => int.MaxValue);

        Assert.Equal(frames.Length / stride, steps.Count);
        for (int step = 1; step <= steps.Count; step++)
        {
            Assert.Equal(padded[(step * stride)..(step * stride + Frames)].SelectMany(f => f), steps[step - 1].Features);
            Assert.Equal(480 + (step * stride - 1) * 320, steps[step - 1].Samples);
        }
    }

    [Theory]
    [InlineData(1, 12_000)]
    [InlineData(4, 700)]
    [InlineData(10, 40)]
    public void A_window_is_divided_by_its_largest_sample(int stride, int peak)
    {
        using AudioModel model = Load(Window(stride, peakNormalized: true));
        short[] sound = [.. Signals.Noise(14_000, peak).Select((x, i) => (short)(i < 7_000 ? x : x / 2 - peak / 3))];
        const int Span = 9 * 320 + 480;
        short[] padded = [.. new short[Span], .. sound];
        List<(sbyte[] Features, long Samples)> steps = Run(new Scorer(model), sound, _ => int.MaxValue);

        Assert.Equal((14_000 - 480 + 320) / 320 / stride, steps.Count);
        int differing = 0;
        foreach ((sbyte[] features, long samples) in steps)
        {
            short[] window = padded[(int)samples..((int)samples + Span)];
            double[] wave = [.. window.Select(x => x / (double)Math.Max((short)32, window.Max()))];
            double[] expected = [.. PublicFrontEnds.KeywordMfcc(wave).SelectMany(frame => frame)];
            for (int i = 0; i < expected.Length; i++)
            {
                double step = Math.Clamp(2 * expected[i] + 5, -128, 127);
                Assert.InRange(features[i] - step, -0.501, 0.501);
            }

            differing += features.Distinct().Count();
        }

        Assert.True(differing > 10 * steps.Count, "the features hardly differ");
    }

    [Fact]
    public void Loudness_does_not_matter_where_windows_are_divided_by_their_peak()
    {
        using AudioModel model = Load(Window(5, peakNormalized: true));
        short[] quiet = [.. Signals.ReadWav(Recordings.Bundled)[56_000..88_000].Select(x => (short)(x / 8))];
        short[] loud = [.. quiet.Select(x => (short)(x * 8))];

        // What is quieter than the least peak is not brought up all the way.
        List<(sbyte[] Features, long Samples)> first = Run(new Scorer(model), quiet, _ => int.MaxValue);
        List<(sbyte[] Features, long Samples)> second = Run(new Scorer(model), loud, _ => int.MaxValue);
        Assert.Equal(first.Count, second.Count);
        int same = first.Zip(second).Count(pair => pair.First.Features.SequenceEqual(pair.Second.Features));
        Assert.InRange(same, first.Count * 3 / 4, first.Count);
    }

    [Fact]
    public void Silence_stays_the_floor_of_the_logarithm()
    {
        using AudioModel model = Load(Window(10, peakNormalized: true));
        (sbyte[] features, _) = Run(new Scorer(model), new short[4_000], _ => int.MaxValue)[0];
        Assert.Equal(sbyte.MinValue, features[0]); // 40 ln(1e-6) / √80 is -61.8
        Assert.All(features.Chunk(10), frame => Assert.All(frame[1..], value => Assert.Equal(5, value)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Steps_do_not_depend_on_how_the_sound_is_cut_nor_on_what_was_heard_before(bool peakNormalized)
    {
        using AudioModel model = Load(Window(3, peakNormalized));
        short[] sound = Signals.Noise(12_345, 3_000);
        var scorer = new Scorer(model, 22_050);
        List<(sbyte[] Features, long Samples)> whole = Run(scorer, sound, _ => int.MaxValue);
        Assert.True(whole.Count >= 8);
        foreach (int seed in Enumerable.Range(1, 3))
        {
            var random = new Random(seed);
            scorer.Reset();
            List<(sbyte[] Features, long Samples)> cut = Run(scorer, sound, _ => random.Next(600));
            Assert.Equal(whole.Select(step => step.Samples), cut.Select(step => step.Samples));
            Assert.Equal(whole.SelectMany(step => step.Features), cut.SelectMany(step => step.Features));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nothing_is_allocated(bool peakNormalized)
    {
        using AudioModel model = Load(Window(2, peakNormalized));
        var scorer = new Scorer(model);
        short[] sound = Signals.Noise(16_000, 3_000);
        int steps = Count(scorer, sound);
        long before = GC.GetAllocatedBytesForCurrentThread();
        steps += Count(scorer, sound);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.InRange(steps, 48, 50);
    }

    [Theory]
    [InlineData("\"featureWindow\": { \"strideFrames\": 0 }", "strideFrames is 0; expected 1 at the least")]
    [InlineData("\"featureWindow\": {}", "strideFrames is 0; expected 1 at the least")]
    [InlineData("\"featureWindow\": { \"strideFrames\": 11 }", "strideFrames is 11; expected at most 10")]
    [InlineData("\"featureWindow\": { \"strideFrames\": 1, \"peak\": true }", "peak is unknown")]
    [InlineData("\"featureWindow\": { \"strideFrames\": 1, \"peakNormalized\": true }, \"hopSamples\": 481", "hops no longer than its window")]
    [InlineData("\"featureWindow\": { \"strideFrames\": 1, \"peakNormalized\": true }, \"centered\": true", "peakNormalized needs")]
    [InlineData("\"featureWindow\": { \"strideFrames\": 1, \"peakNormalized\": true }, \"integerSamples\": true", "peakNormalized needs")]
    [InlineData("\"featureWindow\": { \"strideFrames\": 1, \"peakNormalized\": true }, \"kind\": \"micro\"", "peakNormalized needs")]
    [InlineData("\"featureWindow\": 3", "expected an object")]
    public void A_window_that_is_wrong_is_named(string fields, string expected) =>
        Assert.Contains(expected, Assert.Throws<ModelFormatException>(() => Load(fields)).Message);

    [Fact]
    public void A_window_that_would_take_minutes_to_compute_is_refused()
    {
        byte[] file = TinyModel.File(frontEnd: $"{{ {MfccFields}, {Window(1, peakNormalized: true)} }}", features: 1_001 * 10);
        Assert.Contains("spans 1001 frames", Assert.Throws<ModelFormatException>(() => AudioModel.Load(file, "x.edge")).Message);
    }

    [Fact]
    public void Frames_centred_on_the_end_of_the_sound_are_heard_and_add_no_time()
    {
        using AudioModel model = AudioModel.Load(
            TinyModel.File(frontEnd: $"{{ {MfccFields}, \"centered\": true }}", features: 10), "x.edge");
        short[] sound = Signals.Noise(3_200, 3_000);
        List<(sbyte[] Features, long Samples)> steps = Run(new Scorer(model), sound, _ => int.MaxValue);
        Assert.Equal(11, steps.Count); // librosa's 1 + 3,200/320
        Assert.Equal(Quantized(model, FrontEnd.Create(Mfcc), [.. new short[240], .. sound, .. new short[240]]).SelectMany(f => f), steps.SelectMany(s => s.Features));
        Assert.Equal(3_200, steps[^1].Samples);
    }

    private static string Window(int stride, bool peakNormalized) =>
        $$"""  "featureWindow": { "strideFrames": {{stride}}, "peakNormalized": {{(peakNormalized ? "true" : "false")}} } """;

    private static AudioModel Load(string window) =>
        AudioModel.Load(TinyModel.File(frontEnd: $"{{ {MfccFields}, {window} }}", features: Frames * 10), "x.edge");

    private static sbyte[][] Quantized(AudioModel model, FrontEnd frontEnd, short[] sound) =>
    [
        .. Edge.Tests.Features.Frames.Read(frontEnd, sound).Select(frame =>
        {
            var quantized = new sbyte[frame.Length];
            model.Quantizer.Quantize(frame, quantized);
            return quantized;
        }),
    ];

    private static List<(sbyte[] Features, long Samples)> Run(Scorer scorer, ReadOnlySpan<short> sound, Func<int, int> cut)
    {
        var steps = new List<(sbyte[], long)>();
        while (!sound.IsEmpty)
        {
            ReadOnlySpan<short> piece = sound[..Math.Min(cut(0), sound.Length)];
            sound = sound[piece.Length..];
            while (scorer.TryStep(ref piece))
            {
                steps.Add((scorer.Features.ToArray(), scorer.SamplesTaken));
            }
        }

        while (scorer.TryFinish())
        {
            steps.Add((scorer.Features.ToArray(), scorer.SamplesTaken));
        }

        return steps;
    }

    private static int Count(Scorer scorer, ReadOnlySpan<short> sound)
    {
        int steps = 0;
        while (scorer.TryStep(ref sound))
        {
            steps++;
        }

        return steps;
    }
}
