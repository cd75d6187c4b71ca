using System.Globalization;
using Edge.Detection;

namespace Edge.Tests.Detection;

/// <remarks>
/// A track is a text with a digit a step, in tenths; blanks are for the eye. A step is 100 ms and scores are 0 to 100 in hundredths.
/// The delay is one step, so that an event of the steps 3 and 4 goes from 0.3 to 0.5 s.
/// </remarks>
public class SoundEventDetectorTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    [Fact]
    public void An_event_begins_at_the_onset_threshold_and_ends_below_the_offset_threshold() =>
        Assert.Equal(["a 0.2-0.5 0.60 0.47"], Hear(Options(), "04 653 24"));

    [Fact]
    public void Several_classes_are_heard_at_once() =>
        Assert.Equal(["b 0.2-0.3 0.90 0.90", "a 0.1-0.4 0.90 0.90"], Hear(Options(), "0999 0", "00900"));

    [Fact]
    public void A_threshold_that_no_binary_fraction_meets_is_not_lost_to_rounding()
    {
        // 0.56 / 0.01 is 56.000…01 in binary; the score 56/100 is meant to reach it.
        SoundEventDetector detector = Make(Options() with { OnsetThreshold = 0.56, OffsetThreshold = 0.56 }, 1, TimeSpan.Zero);
        detector.Push([56], Step);
        Assert.Equal(1, detector.Finish().Length);
    }

    [Theory]
    [InlineData(100, 1)] // three steps of 1/30 s, which a TimeSpan cuts off to 33.3333 ms
    [InlineData(101, 0)]
    public void A_step_that_is_no_whole_number_of_ticks_costs_no_step_of_a_duration(int minimumMs, int events)
    {
        var step = TimeSpan.FromTicks(TimeSpan.TicksPerSecond / 30);
        var detector = new SoundEventDetector(Options() with { MinimumMs = minimumMs }, ["a"], 0.01, 0, step, TimeSpan.Zero);
        for (int k = 0; k < 3; k++)
        {
            detector.Push([90], (k + 1) * step);
        }

        Assert.Equal(events, detector.Finish().Length);
    }

    [Theory]
    [InlineData(100, "0 99 0 99 00", "0.1-0.6")]
    [InlineData(100, "0 99 00 99 00", "0.1-0.3 0.5-0.7")]
    [InlineData(199, "0 99 00 99 00", "0.1-0.3 0.5-0.7")] // gaps are rounded down to whole steps
    [InlineData(200, "0 99 00 99 00", "0.1-0.7")]
    [InlineData(200, "0 99 44 99 00", "0.1-0.7")] // no gap: 0.4 keeps it going
    public void Gaps_are_merged_up_to_their_longest(int gapMs, string track, string expected) =>
        Assert.Equal(expected, Times(Options() with { MergeGapMs = gapMs }, track));

    [Theory]
    [InlineData(300, "0 999 0 99 0", "0.1-0.4")]
    [InlineData(201, "0 999 0 99 0", "0.1-0.4")] // the minimum is rounded up to whole steps
    [InlineData(200, "0 999 0 99 0", "0.1-0.4 0.5-0.7")]
    [InlineData(400, "0 999 0 99 0", "")]
    public void What_is_too_short_is_not_told(int minimumMs, string track, string expected) =>
        Assert.Equal(expected, Times(Options() with { MinimumMs = minimumMs }, track));

    [Fact]
    public void Gaps_are_merged_before_anything_is_too_short() =>
        Assert.Equal("0.1-0.6", Times(Options() with { MinimumMs = 500, MergeGapMs = 100 }, "0 90909 000"));

    [Fact]
    public void A_gap_counts_with_its_scores() =>
        Assert.Equal(["a 0.1-0.4 0.90 0.67"], Hear(Options() with { MergeGapMs = 100 }, "0 929 00"));

    [Theory]
    [InlineData("0 999999 0", "0.1-0.4 0.4-0.7")]
    [InlineData("0 9999999 0", "0.1-0.4 0.4-0.7 0.7-0.8")]
    [InlineData("0 99090999 00", "0.1-0.4 0.4-0.7 0.7-0.9")] // a cut may fall into a gap that is merged
    public void A_long_event_is_cut_and_goes_on_as_another_though_it_be_short(string track, string expected) =>
        Assert.Equal(expected, Times(Options() with { MaximumMs = 300, MinimumMs = 200, MergeGapMs = 100, RefractoryMs = 5_000 }, track));

    [Theory]
    [InlineData("0 99 00 9 0", "0.1-0.3")]
    [InlineData("0 99 000 9 0", "0.1-0.3 0.6-0.7")]
    [InlineData("0 99 0 99999 0", "0.1-0.3 0.6-0.9")] // what lasts beyond the refractory time begins behind it
    [InlineData("0 99 0 999 0 99 0", "0.1-0.3 0.6-0.7")] // and has a refractory time of its own
    public void A_class_is_mute_after_an_event(string track, string expected) =>
        Assert.Equal(expected, Times(Options() with { RefractoryMs = 300 }, track));

    [Fact]
    public void What_was_too_short_makes_nothing_mute() =>
        Assert.Equal("0.3-0.5", Times(Options() with { RefractoryMs = 1_000, MinimumMs = 200 }, "0 9 0 99 0"));

    [Fact]
    public void What_is_left_of_a_sound_behind_the_refractory_time_may_be_too_short() =>
        Assert.Equal("0.1-0.3", Times(Options() with { RefractoryMs = 300, MinimumMs = 200 }, "0 99 00 99 0"));

    [Fact]
    public void One_class_is_mute_and_another_is_not() =>
        Assert.Equal(["a 0.1-0.2", "b 0.3-0.4"], Names(Hear(Options() with { RefractoryMs = 5_000 }, "09 0 900", "00 0 900")));

    [Fact]
    public void The_mean_over_the_smoothing_decides_and_its_delay_is_taken_off()
    {
        // Means of three: 0, 0, 0.3, 0.6, 0.9, 0.6, 0.3, 0. The first whole one is at the third step. With both thresholds at two
        // thirds of the height the times are those of the sound.
        Assert.Equal(["a 0.4-0.7 0.90 0.70"], Hear(Options() with { SmoothingMs = 300, OnsetThreshold = 0.6, OffsetThreshold = 0.6 }, "0000 999 0000"));
        Assert.Equal(["a 0.4-0.8 0.90 0.60"], Hear(Options() with { SmoothingMs = 300, OnsetThreshold = 0.6, OffsetThreshold = 0.3 }, "0000 999 0000"));
    }

    [Fact]
    public void The_default_delay_is_half_the_window_and_half_a_step()
    {
        // The first step of the event ends at 1.1 s and the first one behind it at 1.5 s.
        SoundEventOptions options = Options() with { DelayMs = null, WarmUpMs = null };
        Assert.Equal(["a 0.85-1.25"], Names(Hear(options, TimeSpan.FromMilliseconds(400), "000 0000 000 9999 0")));
        Assert.Equal(["a 0.85-0.95"], Names(Hear(options with { OffsetDelayMs = 550 }, TimeSpan.FromMilliseconds(400), "000 0000 000 9999 0")));
        Assert.Equal(["a 1.1-1.25"], Names(Hear(options with { DelayMs = 0, OffsetDelayMs = 250 }, TimeSpan.FromMilliseconds(400), "000 0000 000 9999 0")));
    }

    [Fact]
    public void No_event_ends_before_it_starts_nor_starts_before_the_last_one_ends()
    {
        Assert.Equal("0.3-0.3", Times(Options() with { OffsetDelayMs = 300 }, "000 9 0"));
        Assert.Equal("0.2-0.5 0.5-0.7", Times(Options() with { DelayMs = 300, OffsetDelayMs = 100 }, "0000 909 0")); // and not 0.4-0.7
    }

    [Fact]
    public void Scores_of_the_warm_up_are_not_trusted()
    {
        Assert.Equal("0-0.5", Times(Options() with { WarmUpMs = 300 }, "99 999 0"));
        Assert.Equal("0-0.5", Times(Options() with { WarmUpMs = null }, "99 999 0", TimeSpan.FromMilliseconds(300)));
        Assert.Equal("", Times(Options() with { WarmUpMs = 600 }, "99 999 0"));
    }

    [Fact]
    public void What_is_under_way_at_the_first_step_starts_with_the_sound_and_at_the_last_ends_with_it() =>
        Assert.Equal("0-0.25 0.45-0.6", Times(Options() with { DelayMs = 50 }, "99 00 99"));

    [Fact]
    public void At_the_end_of_the_stream_a_gap_is_no_part_of_the_event() =>
        Assert.Equal("0.1-0.3", Times(Options() with { MergeGapMs = 1_000 }, "0 99 00"));

    [Fact]
    public void Nothing_comes_of_a_stream_without_steps() => Assert.Empty(Hear(Options(), ""));

    [Fact]
    public void The_largest_of_a_class_s_outputs_counts()
    {
        SoundEventOptions options = Options() with { Classes = [new SoundClass { Name = "siren", Labels = [0, 2] }] };
        Assert.Equal(["siren 0.1-0.4 0.90 0.80"], Hear(options, "0900 0", "9 9999", "0 0870"));
    }

    [Fact]
    public void Each_class_may_have_settings_of_its_own()
    {
        SoundEventOptions options = Options() with
        {
            Classes =
            [
                new SoundClass { Name = "low", Labels = [0], OnsetThreshold = 0.2 },
                new SoundClass { Name = "high", Labels = [0], OnsetThreshold = 0.8, OffsetThreshold = 0.8 },
                new SoundClass { Name = "short", Labels = [0], MaximumMs = 100 },
                new SoundClass { Name = "long", Labels = [0], MinimumMs = 500 },
                new SoundClass { Name = "merged", Labels = [0], MergeGapMs = 200 },
                new SoundClass { Name = "late", Labels = [0], DelayMs = 0, OffsetDelayMs = 50 },
                new SoundClass { Name = "seldom", Labels = [0], RefractoryMs = 400 },
            ],
        };
        Assert.Equal(
            [
                "high 0.3-0.4", "high 0.6-0.7", "late 0.3-0.45", "late 0.7-0.75", "low 0.1-0.5", "low 0.6-0.7", "merged 0.2-0.7", "seldom 0.2-0.4",
                "short 0.2-0.3", "short 0.3-0.4", "short 0.6-0.7",
            ],
            Names(Hear(options, "02692 0 9 0 0")).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("0999990", "0099900", "dog 0.2-0.5, animal 0.1-0.2, animal 0.5-0.6")]
    [InlineData("0999990", "0000000", "animal 0.1-0.6")]
    [InlineData("0000000", "0099900", "dog 0.2-0.5")]
    public void A_parent_is_hidden_where_its_child_is_heard(string animal, string dog, string expected) =>
        Assert.Equal(Sorted(expected), Names(Hear(Family(), animal, dog)).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData(200, "0999990000", "0009990000", "dog 0.3-0.6")] // the child begins 0.2 s later
    [InlineData(199, "0999990000", "0009990000", "dog 0.3-0.6, animal 0.1-0.2")]
    [InlineData(200, "0999999900", "0999990000", "dog 0.1-0.6")] // and ends 0.2 s earlier
    [InlineData(100, "0999999900", "0999990000", "dog 0.1-0.6, animal 0.7-0.8")]
    public void A_child_hides_its_parent_to_within_the_parent_s_merging_gap(int gapMs, string animal, string dog, string expected)
    {
        SoundEventOptions options = Family();
        options = options with { Classes = [options.Classes[0] with { MergeGapMs = gapMs }, .. options.Classes.Skip(1)] };
        Assert.Equal(Sorted(expected), Names(Hear(options, animal, dog)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_a_child_leaves_of_its_parent_may_be_too_short() =>
        Assert.Equal(["dog 0.2-0.5"], Names(Hear(Family() with { MinimumMs = 200 }, "0999990", "0099900")));

    [Fact]
    public void A_grandchild_hides_its_grandparent() =>
        Assert.Equal(["puppy 0.1-0.3", "animal 0.3-0.4"], Names(Hear(Family(), "09990", "00000", "09900")));

    [Fact]
    public void A_child_that_is_too_short_hides_nothing() =>
        Assert.Equal(["animal 0.1-0.6"], Names(Hear(Family() with { MinimumMs = 200 }, "0999990", "0009000")));

    [Fact]
    public void A_child_that_is_mute_hides_its_parent_too()
    {
        SoundEventOptions options = Family();
        options = options with { Classes = [options.Classes[0], options.Classes[1] with { RefractoryMs = 5_000 }, options.Classes[2]] };
        Assert.Equal(["dog 0.1-0.2"], Names(Hear(options, "0900900", "0900900")));
    }

    [Fact]
    public void An_onset_is_told_once_the_minimum_has_passed_and_the_end_once_no_gap_can_be_merged()
    {
        SoundEventOptions options = Options() with { Onsets = true, MinimumMs = 200, MergeGapMs = 100 };
        SoundEventDetector detector = Make(options, 1, TimeSpan.Zero);
        List<(int Step, AudioEvent Heard)> told = Steps(detector, "0 979 0000");
        Assert.Equal([2, 5], told.Select(t => t.Step));
        Assert.Equal([EventPhase.Onset, EventPhase.Complete], told.Select(t => t.Heard.Phase));
        Assert.Equal((TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(0.3), 0.9f, 0.8f), Rounded(told[0].Heard)); // its end so far is now
        Assert.Equal((TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(0.4), 0.9f, 0.83f), Rounded(told[1].Heard));
    }

    [Fact]
    public void A_parent_s_onset_waits_until_no_child_can_hide_it()
    {
        SoundEventOptions options = Family() with { Onsets = true };
        options = options with { Classes = [options.Classes[0] with { MergeGapMs = 200 }, options.Classes[1], options.Classes[2]] };
        SoundEventDetector detector = Make(options, 3, TimeSpan.Zero);
        Assert.Equal([(3, "animal", EventPhase.Onset)], Steps(detector, "0999", "0000", "").Select(t => (t.Step, t.Heard.Label, t.Heard.Phase)));
        detector.Reset();
        Assert.Equal([(3, "dog", EventPhase.Onset)], Steps(detector, "0999", "0009", "").Select(t => (t.Step, t.Heard.Label, t.Heard.Phase)));
    }

    [Fact]
    public void Reset_begins_anew()
    {
        SoundEventDetector detector = Make(Family() with { RefractoryMs = 60_000, SmoothingMs = 200 }, 3, TimeSpan.Zero);
        string[] first = [.. Steps(detector, "0 999 000", "0 099 000", "").Select(t => t.Heard.ToString())];
        Assert.NotEmpty(first);
        Steps(detector, "9", "9", "");
        detector.Reset();
        Assert.Equal(first, Steps(detector, "0 999 000", "0 099 000", "").Select(t => t.Heard.ToString()));
    }

    [Fact]
    public void Times_do_not_drift_in_a_hundred_hours()
    {
        // 4,411 samples of 44.1 kHz are no whole number of the 100 ns that a TimeSpan counts.
        const int StepSamples = 4_411;
        var step = TimeSpan.FromTicks(StepSamples * TimeSpan.TicksPerSecond / 44_100);
        SoundEventDetector detector = new(Options() with { MergeGapMs = 500, DelayMs = 0 }, ["a"], 0.01, 0, step, TimeSpan.Zero);
        var heard = new List<AudioEvent>();
        int steps = 100 * 3600 * 10;
        for (int k = 0; k < steps; k++)
        {
            sbyte score = (sbyte)(k >= steps - 100 && k < steps - 50 ? 90 : 0);
            heard.AddRange(detector.Push([score], TimeOf(k)));
        }

        AudioEvent found = Assert.Single(heard);
        Assert.Equal((TimeOf(steps - 100), TimeOf(steps - 50)), (found.Start, found.End));
        Assert.InRange(found.Start.TotalHours, 100, 100.1);

        static TimeSpan TimeOf(long k) => TimeSpan.FromTicks((k + 1) * StepSamples * TimeSpan.TicksPerSecond / 44_100);
    }

    [Fact]
    public void Push_allocates_nothing()
    {
        SoundEventDetector detector = Make(Family() with { Onsets = true, MinimumMs = 200, MergeGapMs = 300 }, 3, TimeSpan.Zero);
        sbyte[][] scores = Tracks("0 99999 0000 99 0 99 000000", "0 00990 0000 00 0 00 000000", "0 0 0 0 00");
        int events = 0;
        long before = 0;
        for (int round = 0; round < 20; round++)
        {
            before = round == 1 ? GC.GetAllocatedBytesForCurrentThread() : before;
            for (int k = 0; k < scores.Length; k++)
            {
                events += detector.Push(scores[k], (round * scores.Length + k + 1) * Step).Length;
            }
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(events > 50);
    }

    private static SoundEventOptions Options() => new() { MergeGapMs = 0, DelayMs = 100, WarmUpMs = 0 };

    private static SoundEventOptions Family() => Options() with
    {
        Classes =
        [
            new SoundClass { Name = "animal", Labels = [0] },
            new SoundClass { Name = "dog", Labels = [1], Parent = "animal" },
            new SoundClass { Name = "puppy", Labels = [2], Parent = "dog" },
        ],
    };

    private static SoundEventDetector Make(SoundEventOptions options, int labels, TimeSpan window) =>
        new(options, [.. "abcdefgh"[..labels].Select(c => c.ToString())], 0.01, 0, Step, window, "m");

    private static string[] Hear(SoundEventOptions options, params string[] tracks) => Hear(options, TimeSpan.Zero, tracks);

    /// <summary>Label, times, peak and mean of each event, as they are told.</summary>
    private static string[] Hear(SoundEventOptions options, TimeSpan window, params string[] tracks)
    {
        int labels = options.Classes.SelectMany(one => one.Labels).Append(tracks.Length - 1).Max() + 1;
        SoundEventDetector detector = Make(options, labels, window);
        List<AudioEvent> heard = [.. Steps(detector, [.. tracks, .. Enumerable.Repeat("", labels - tracks.Length)]).Select(t => t.Heard), .. detector.Finish()];
        return [.. heard.Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Label} {e.Start.TotalSeconds:0.##}-{e.End.TotalSeconds:0.##} {e.Score:0.00} {e.MeanScore:0.00}"))];
    }

    private static string Times(SoundEventOptions options, string track, TimeSpan window = default) =>
        string.Join(' ', Hear(options, window, track).Select(text => text.Split(' ')[1]));

    private static string[] Names(string[] heard) => [.. heard.Select(text => string.Join(' ', text.Split(' ')[..2]))];

    private static string[] Sorted(string events) => [.. events.Split(", ").Order(StringComparer.Ordinal)];

    private static List<(int Step, AudioEvent Heard)> Steps(SoundEventDetector detector, params string[] tracks)
    {
        var told = new List<(int, AudioEvent)>();
        sbyte[][] scores = Tracks(tracks);
        for (int k = 0; k < scores.Length; k++)
        {
            foreach (AudioEvent heard in detector.Push(scores[k], (k + 1) * Step))
            {
                told.Add((k, heard));
            }
        }

        return told;
    }

    /// <summary>[steps][labels] of hundredths; a track that is shorter than the first goes on with 0.</summary>
    private static sbyte[][] Tracks(params string[] tracks)
    {
        string[] digits = [.. tracks.Select(track => track.Replace(" ", ""))];
        return [.. Enumerable.Range(0, digits[0].Length).Select(k => digits.Select(d => (sbyte)(k < d.Length ? 10 * (d[k] - '0') : 0)).ToArray())];
    }

    private static (TimeSpan Start, TimeSpan End, float Score, float MeanScore) Rounded(AudioEvent e) => (e.Start, e.End, MathF.Round(e.Score, 2), MathF.Round(e.MeanScore, 2));
}
