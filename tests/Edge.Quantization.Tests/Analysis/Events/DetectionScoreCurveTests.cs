using Edge.Quantization.Analysis.Events;

namespace Edge.Quantization.Tests.Analysis.Events;

public class DetectionScoreCurveTests
{
    [Fact]
    public void The_area_is_of_the_best_rates_at_so_many_false_positives()
    {
        // 0.5 from 0 on, 0.8 from 40 on; what has more false positives and finds less does not count.
        DetectionScoreCurve curve = DetectionScoreCurve.Of([[new(0, 0.5), new(60, 0.7), new(40, 0.8), new(200, 1)]]);

        Assert.Equal([new(0, 0.5), new(40, 0.8), new(60, 0.8)], curve.Points);
        Assert.Equal((0.4 * 0.5) + (0.6 * 0.8), curve.Score, 12);
    }

    [Fact]
    public void Classes_that_differ_cost_where_it_is_asked_for()
    {
        OperatingRate[][] classes = [[new(0, 1)], [new(50, 0.5)]];

        Assert.Equal((0.5 * 0.5) + (0.5 * 0.75), DetectionScoreCurve.Of(classes).Score, 12);
        Assert.Equal((0.5 * (0.5 - 0.5)) + (0.5 * (0.75 - 0.25)), DetectionScoreCurve.Of(classes, instabilityCost: 1).Score, 12);
    }

    [Fact]
    public void A_perfect_detector_has_the_score_1_and_a_deaf_one_0()
    {
        Assert.Equal(1, DetectionScoreCurve.Of([[new(0, 1)]]).Score);
        Assert.Equal(0, DetectionScoreCurve.Of([[new(0, 0)], [new(120, 1)]]).Score);
        Assert.Throws<ArgumentException>(() => DetectionScoreCurve.Of([]));
    }
}
