using Edge.Detection;

namespace Edge.Tests.Detection;

/// <remarks>Scores are 0 to 100 in hundredths here, a step is 100 ms, and time is that of the step's end.</remarks>
public class KeywordDetectorTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    [Fact]
    public void The_average_over_the_window_decides_not_one_score()
    {
        KeywordDetector detector = Detector(Options() with { SmoothingMs = 300 });
        // Averages of three: 30, 60, 80 (the threshold), reached at the end of the fourth step.
        Assert.Equal(["a 0.4 0.80"], Hear(detector, "a0 a90 a90 a60"));
    }

    [Fact]
    public void Nothing_is_heard_before_the_window_is_full() =>
        Assert.Equal(["a 0.3 1.00"], Hear(Detector(Options() with { SmoothingMs = 300 }), "a100 a100 a100"));

    [Theory]
    [InlineData(79, false)]
    [InlineData(80, true)]
    public void A_score_equal_to_the_threshold_counts(int score, bool heard) =>
        Assert.Equal(heard, Hear(Detector(Options()), $"a{score}").Count == 1);

    [Fact]
    public void A_threshold_that_no_binary_fraction_meets_is_not_lost_to_rounding()
    {
        // 0.56 / 0.01 is 56.000…01 in binary; the score 56/100 is meant to reach it.
        var detector = new KeywordDetector(Options() with { Thresholds = [0.56, 1, 1] }, ["a", "b", "-"], 0.01, 0, Step);
        Assert.Equal(1, detector.Push([56, 0, 0], Step).Length);
    }

    [Fact]
    public void Hits_must_follow_each_other()
    {
        KeywordDetector detector = Detector(Options() with { ConsecutiveHits = 3 });
        Assert.Equal(["a 0.6 0.90"], Hear(detector, "a90 a90 a10 a90 a90 a90"));
    }

    [Fact]
    public void The_better_word_wins_and_of_two_equal_ones_the_first()
    {
        Assert.Equal(["b 0.1 0.95"], Hear(Detector(Options()), "a90b95"));
        Assert.Equal(["a 0.1 0.90"], Hear(Detector(Options()), "a90b90"));
    }

    [Fact]
    public void Background_never_fires_however_sure_it_is() =>
        Assert.Empty(Hear(Detector(Options() with { Thresholds = [0.8, 0.8, 0] }), "-100 -100"));

    [Fact]
    public void A_word_does_not_fire_again_within_its_refractory_time() =>
        Assert.Equal(["a 0.1 0.90", "a 0.8 0.90"], Hear(Detector(Options() with { RefractoryMs = 500 }), "a90 a0 a90 a0 a0 a0 a0 a90"));

    [Fact]
    public void A_score_that_lingers_beyond_the_refractory_time_is_still_the_same_word() =>
        Assert.Equal(["a 0.1 0.90", "a 0.8 0.90"], Hear(Detector(Options() with { RefractoryMs = 200 }), "a90 a90 a90 a90 a90 a90 a0 a90"));

    [Fact]
    public void Another_word_that_follows_at_once_is_heard() =>
        Assert.Equal(["a 0.1 0.90", "b 0.3 0.90"], Hear(Detector(Options() with { RefractoryMs = 1_000 }), "a90 a0 b90"));

    [Fact]
    public void What_was_heard_as_one_word_is_not_heard_as_another_too()
    {
        // b is above its threshold, but the mute a is better at every step.
        Assert.Equal(["a 0.1 0.95"], Hear(Detector(Options()), "a95b90 a95b90 a95b90"));
        // Averages of two: b has 85 at the first event's end, 45 after it, and never 80 from scores of its own.
        Assert.Equal(["a 0.2 0.95"], Hear(Detector(Options() with { SmoothingMs = 200 }), "a95b90 a95b80 b70 b80"));
    }

    [Fact]
    public void Scores_of_the_warm_up_are_not_trusted()
    {
        KeywordDetector detector = Detector(Options() with { WarmUpMs = 300, SmoothingMs = 200 });
        // The window begins with the step that ends at 0.3 s.
        Assert.Equal(["a 0.4 0.90"], Hear(detector, "a90 a90 a90 a90"));
    }

    [Fact]
    public void An_event_begins_a_word_s_length_before_its_end_but_not_before_the_sound()
    {
        KeywordDetector detector = Detector(Options() with { WordMs = 250, RefractoryMs = 0 });
        AudioEvent early = Assert.Single(detector.Push([90, 0, 0], TimeSpan.FromSeconds(0.1)).ToArray());
        Assert.Equal(0, detector.Push([0, 0, 0], TimeSpan.FromSeconds(0.2)).Length);
        AudioEvent late = Assert.Single(detector.Push([90, 0, 0], TimeSpan.FromSeconds(2)).ToArray());
        Assert.Equal((TimeSpan.Zero, TimeSpan.FromSeconds(0.1)), (early.Start, early.End));
        Assert.Equal((TimeSpan.FromSeconds(1.75), TimeSpan.FromSeconds(2)), (late.Start, late.End));
        Assert.Equal("numbers", late.Model);
    }

    [Fact]
    public void Reset_forgets_scores_and_muteness()
    {
        KeywordDetector detector = Detector(Options());
        Assert.Single(Hear(detector, "a90"));
        detector.Reset();
        Assert.Single(Hear(detector, "a90"));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(149, 1)]
    [InlineData(151, 2)]
    [InlineData(1_000, 10)]
    public void Smoothing_is_rounded_to_whole_steps(int milliseconds, int steps) =>
        Assert.Equal(steps, Detector(Options() with { SmoothingMs = milliseconds }).SmoothingSteps);

    [Fact]
    public void Faults_of_the_options_are_told_all_at_once()
    {
        var options = new KeywordOptions { Thresholds = [2], Background = [5], SmoothingMs = -1, ConsecutiveHits = 0, RefractoryMs = -1, WordMs = -1, WarmUpMs = -1 };
        string message = Assert.Throws<ArgumentException>(() => new KeywordDetector(options, ["a", "b"], 1, 0, Step)).Message;
        Assert.All(["SmoothingMs", "ConsecutiveHits", "RefractoryMs", "WordMs", "WarmUpMs", "1 entries", "outside 0 to 1", "Background"], part => Assert.Contains(part, message));
    }

    [Fact]
    public void A_vector_of_another_length_is_the_caller_s_bug() =>
        Assert.Throws<ArgumentException>(() => Detector(Options()).Push([1, 2], Step));

    private static KeywordOptions Options() => new() { Thresholds = [0.8, 0.8, 0.8], Background = [2], SmoothingMs = 100 };

    private static KeywordDetector Detector(KeywordOptions options) => new(options, ["a", "b", "-"], 0.01, 0, Step, "numbers");

    /// <summary>Each word is a step: "a90b20" scores 0.90 for a and 0.20 for b. Gives label, end and score of each event.</summary>
    private static List<string> Hear(KeywordDetector detector, string steps)
    {
        var heard = new List<string>();
        TimeSpan time = TimeSpan.Zero;
        foreach (string step in steps.Split(' '))
        {
            sbyte[] scores = new sbyte[3];
            foreach (System.Text.RegularExpressions.Match match in System.Text.RegularExpressions.Regex.Matches(step, "([ab-])([0-9]+)"))
            {
                scores["ab-".IndexOf(match.Groups[1].Value, StringComparison.Ordinal)] = sbyte.Parse(match.Groups[2].Value);
            }

            time += Step;
            foreach (AudioEvent found in detector.Push(scores, time))
            {
                heard.Add(FormattableString.Invariant($"{found.Label} {found.End.TotalSeconds:0.0} {found.Score:0.00}"));
            }
        }

        return heard;
    }
}
