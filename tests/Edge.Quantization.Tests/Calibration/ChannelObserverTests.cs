using Edge.Quantization.Calibration;

namespace Edge.Quantization.Tests.Calibration;

public class ChannelObserverTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(-2)]
    public void Channels_are_told_apart_along_the_axis(int axis)
    {
        var observer = new ChannelObserver(new Dictionary<string, int> { ["x"] = axis });
        observer.BeginPass(0);
        observer.Observe("x", [2, 2, 3], [1, 2, 3, 10, 20, 30, 4, 5, 6, 40, 50, float.NegativeInfinity]);
        observer.Observe("x", [1, 2, 1], [7, -1]);
        observer.Observe("y", [1], [5]);

        ChannelStatistics x = Assert.Single(observer.Statistics).Value;
        Assert.Equal([1f, -1], x.Min);
        Assert.Equal([7f, 50], x.Max);
        Assert.Equal([7L, 6], x.Count);
        Assert.Equal([4, 149 / 6.0], x.Mean);
    }

    [Fact]
    public void The_last_axis_is_the_channels_of_linear_layers()
    {
        var observer = new ChannelObserver(new Dictionary<string, int> { ["x"] = -1 });
        observer.BeginPass(0);
        observer.Observe("x", [2, 3], [1, 2, 3, 5, 6, 7]);
        Assert.Equal([3.0, 4, 5], observer.Statistics["x"].Mean);
    }

    [Fact]
    public void An_axis_that_is_none_and_channels_that_change_are_refused()
    {
        var observer = new ChannelObserver(new Dictionary<string, int> { ["x"] = 1, ["y"] = 3 });
        observer.BeginPass(0);
        observer.Observe("x", [1, 2], [1, 2]);
        Assert.Contains("3 channels, and had 2", Assert.Throws<ArgumentException>(() => observer.Observe("x", [1, 3], [1, 2, 3])).Message);
        Assert.Throws<ArgumentException>(() => observer.Observe("y", [1, 2], [1, 2]));
    }
}
