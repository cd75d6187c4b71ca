using Edge.Quantization.Analysis.Evaluation;

namespace Edge.Quantization.Tests.Analysis.Evaluation;

public class DetectionCountsTests
{
    [Fact]
    public void An_event_counts_for_one_word_of_its_label_from_its_start_to_a_while_after_its_end()
    {
        var counts = new DetectionCounts(3);

        counts.Add(
            [Word(1, 1, 2), Word(1, 1.5, 2.5), Word(2, 5, 6), Word(1, 8, 9)],
            [(1, S(0.9)), (1, S(2.9)), (2, S(7)), (1, S(10.01)), (2, S(5.5))],
            S(1));

        // The events at 0.9 s (too early), 10.01 s (too late) and 5.5 s (a second one for its word) belong to no word.
        Assert.Equal([0, 2, 0], counts.Missed);
        Assert.Equal([0, 2, 1], counts.Others);
    }

    [Fact]
    public void A_word_without_a_place_may_be_heard_anywhere()
    {
        var counts = new DetectionCounts(2);
        counts.Add([new SpokenWord(1, TimeSpan.Zero, TimeSpan.MaxValue)], [(1, S(1000))], S(1));
        Assert.Equal((0, 0), (counts.TotalMissed, counts.TotalOthers));
    }

    private static SpokenWord Word(int label, double start, double end) => new(label, S(start), S(end));

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}
