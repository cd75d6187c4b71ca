using Edge.Quantization.Analysis.Events;

namespace Edge.Quantization.Tests.Analysis.Events;

public class EventMatchingTests
{
    private static readonly EventMatching Matching = new();

    [Theory]
    [InlineData(1.2, 2.0, true)] // onset on the collar's border
    [InlineData(0.8, 2.0, true)]
    [InlineData(1.21, 2.0, false)]
    [InlineData(1.0, 2.2, true)] // one second long: the collar and the share are the same
    [InlineData(1.0, 2.21, false)]
    [InlineData(1.0, 1.79, false)]
    public void An_event_of_a_second_is_matched_within_the_collar(double start, double end, bool expected) =>
        Assert.Equal(expected, Matching.Match(new SoundEvent("dog", 1, 2), new SoundEvent("dog", start, end)));

    [Theory]
    [InlineData(12.0, true)]
    [InlineData(8.0, true)]
    [InlineData(12.01, false)]
    public void The_offset_of_a_long_event_may_lie_a_share_of_its_length_away(double end, bool expected) =>
        Assert.Equal(expected, Matching.Match(new SoundEvent("rain", 0, 10), new SoundEvent("rain", 0, end)));

    [Fact]
    public void Each_event_counts_once()
    {
        SoundEvent[] marked = [new("dog", 1, 2)];
        Assert.Equal(new EventCounts(1, 1, 0), Matching.Count(marked, [new("dog", 1, 2), new("dog", 1.1, 2.1)]));
        Assert.Equal(new EventCounts(0, 0, 1), Matching.Count(marked, []));
        Assert.Equal(new EventCounts(0, 1, 0), Matching.Count([], marked));
    }

    [Fact]
    public void A_pairing_that_stands_in_the_way_of_more_is_changed()
    {
        // The first marked event fits both detected ones, the second the first alone.
        Assert.Equal(
            new EventCounts(2, 0, 0),
            Matching.Count([new("a", 1.0, 2.0), new("a", 0.8, 1.8)], [new("a", 0.9, 1.9), new("a", 1.2, 2.2)]));
    }

    [Fact]
    public void No_pairing_has_more_pairs()
    {
        var random = new Random(5);
        for (int round = 0; round < 300; round++)
        {
            SoundEvent[] marked = Draw(random), detected = Draw(random);
            int most = Most(marked, detected, 0, new bool[detected.Length]);
            Assert.Equal(new EventCounts(most, detected.Length - most, marked.Length - most), Matching.Count(marked, detected));
        }
    }

    private static SoundEvent[] Draw(Random random) =>
        [.. Enumerable.Range(0, random.Next(7)).Select(_ => random.NextDouble()).Select(start => new SoundEvent("a", start, start + 0.5))];

    /// <summary>Every pairing tried.</summary>
    private static int Most(SoundEvent[] marked, SoundEvent[] detected, int first, bool[] taken)
    {
        if (first == marked.Length)
        {
            return 0;
        }

        int most = Most(marked, detected, first + 1, taken);
        for (int i = 0; i < detected.Length; i++)
        {
            if (!taken[i] && Matching.Match(marked[first], detected[i]))
            {
                taken[i] = true;
                most = Math.Max(most, 1 + Most(marked, detected, first + 1, taken));
                taken[i] = false;
            }
        }

        return most;
    }
}
