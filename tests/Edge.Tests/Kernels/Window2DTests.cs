using Edge.Inference.Kernels;

namespace Edge.Tests.Kernels;

public class Window2DTests
{
    [Theory]
    [InlineData("one element", true)]
    [InlineData("whole width, as in streams", true)]
    [InlineData("whole width, strided", true)]
    [InlineData("many rows", true)]
    [InlineData("pointwise", false)] // contiguous too, but a window is not the whole width
    [InlineData("padding on all sides", false)]
    [InlineData("dilated", false)]
    public void A_window_over_the_whole_width_without_padding_is_contiguous(string name, bool contiguous) =>
        Assert.Equal(contiguous, Windows.Cases.Single(c => c.Name == name).Window.IsContiguous);

    [Fact]
    public void A_contiguous_window_lies_in_the_input_in_the_order_of_its_taps()
    {
        var random = new Random(1);
        foreach (Window2D window in Windows.Cases.Select(c => c.Window).Concat(Enumerable.Range(0, 500).Select(_ => Windows.Random(random))).Where(w => w.IsContiguous))
        {
            sbyte[] input = random.Int8s(window.InputHeight * window.InputWidth * window.Channels);
            var taps = new sbyte[window.Taps];
            for (int y = 0; y < window.OutputHeight; y++)
            {
                ConvolutionS8.Gather<sbyte>(input, 99, window, y, 0, taps);
                Assert.Equal(input.AsSpan(y * window.StrideHeight * window.InputWidth * window.Channels, window.Taps).ToArray(), taps);
            }
        }
    }
}
