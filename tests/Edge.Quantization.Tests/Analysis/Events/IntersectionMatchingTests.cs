using Edge.Quantization.Analysis.Events;

namespace Edge.Quantization.Tests.Analysis.Events;

public class IntersectionMatchingTests
{
    private static readonly IntersectionMatching Matching = new();

    [Fact]
    public void An_event_heard_in_two_pieces_is_found() =>
        Assert.Equal(new EventCounts(1, 0, 0), Matching.Count([new("rain", 0, 10)], [new("rain", 0, 4), new("rain", 5, 9)]));

    [Fact]
    public void An_event_heard_in_part_is_not_found_and_not_false() =>
        Assert.Equal(new EventCounts(0, 0, 1), Matching.Count([new("rain", 0, 10)], [new("rain", 0, 6.9)]));

    [Fact]
    public void An_event_that_goes_on_too_long_is_false() =>
        Assert.Equal(new EventCounts(0, 1, 1), Matching.Count([new("rain", 0, 10)], [new("rain", 0, 14.3)]));

    [Fact]
    public void One_detection_may_find_two_events() =>
        Assert.Equal(new EventCounts(2, 0, 0), Matching.Count([new("dog", 0, 4), new("dog", 6, 10)], [new("dog", 0, 10)]));

    [Fact]
    public void An_event_without_length_meets_nothing() =>
        Assert.Equal(new EventCounts(0, 1, 1), Matching.Count([new("dog", 1, 2)], [new("dog", 1.5, 1.5)]));
}
