using Edge.Quantization.Analysis.Comparison;

namespace Edge.Quantization.Tests.Analysis.Comparison;

public class TensorDifferenceTests
{
    [Fact]
    public void The_figures_are_those_of_their_definitions()
    {
        var difference = new TensorDifference();
        difference.Add([3, 0], [3, 1], 0.5);
        difference.Add([-4], [-4], 0.5);

        Assert.Equal(3, difference.Count);
        Assert.Equal(1, difference.MaxAbsolute);
        Assert.Equal(2, difference.MaxSteps);
        Assert.Equal(2.0 / 3, difference.ShareWithinOneStep, 12);
        Assert.Equal(1.0 / 3, difference.MeanError, 12);
        Assert.Equal(10 * Math.Log10(25), difference.SqnrDb, 12); // (9 + 16) / 1
        Assert.Equal(25 / Math.Sqrt(25 * 26), difference.Cosine, 12);
    }

    [Fact]
    public void Equal_tensors_have_no_noise()
    {
        var difference = new TensorDifference();
        difference.Add([1, -2, float.PositiveInfinity], [1, -2, float.PositiveInfinity], 0);
        Assert.Equal((double.PositiveInfinity, 1, 1), (difference.SqnrDb, difference.Cosine, difference.ShareWithinOneStep));
    }

    [Fact]
    public void NaN_is_never_near_and_is_seen_in_the_maximum()
    {
        var difference = new TensorDifference();
        difference.Add([1], [float.NaN], 1);
        Assert.Equal((0, double.PositiveInfinity), (difference.ShareWithinOneStep, difference.MaxAbsolute));
    }

    [Fact]
    public void Other_lengths_are_refused() => Assert.Throws<ArgumentException>(() => new TensorDifference().Add([1, 2], [1], 0));
}
