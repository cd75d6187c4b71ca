using Edge.Quantization.Analysis.Events;

namespace Edge.Quantization.Tests.Analysis.Events;

public class SegmentMatchingTests
{
    private static readonly SegmentMatching Matching = new();

    [Fact]
    public void An_event_fills_every_second_that_it_touches()
    {
        SoundEvent[] marked = [new("dog", 0.9, 2.1)]; // seconds 0, 1, 2
        Assert.Equal(new EventCounts(2, 1, 1), Matching.Count(marked, [new("dog", 1, 2), new("dog", 2.5, 3.5)], 10));
    }

    [Fact]
    public void What_ends_where_a_second_begins_does_not_touch_it() =>
        Assert.Equal(new EventCounts(0, 1, 1), Matching.Count([new("dog", 1, 2)], [new("dog", 2, 3)], 3));

    [Fact]
    public void Rounding_of_times_touches_no_further_second() =>
        Assert.Equal(new EventCounts(1, 0, 0), Matching.Count([new("dog", 0.1 + 0.2 + 0.7, 2)], [new("dog", 1, 2 + 1e-12)], 5));

    [Fact]
    public void Nothing_counts_behind_the_end()
    {
        Assert.Equal(new EventCounts(0, 1, 0), Matching.Count([], [new("dog", 2.2, 9)], 2.5));
        Assert.Equal(default, Matching.Count([], [new("dog", 5, 9)], 2.5));
    }

    [Fact]
    public void Shares_are_of_what_there_is()
    {
        var counts = new EventCounts(3, 1, 2);
        Assert.Equal(0.75, counts.Precision);
        Assert.Equal(0.6, counts.Recall);
        Assert.Equal(2 * 0.75 * 0.6 / 1.35, counts.F1, 12);
        Assert.True(double.IsNaN(default(EventCounts).F1));
    }
}
