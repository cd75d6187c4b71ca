using Edge.Inference.Kernels;

namespace Edge.Tests.Kernels;

/// <summary>Window geometries: the edge cases by name, and random ones that a plan could hold.</summary>
internal static class Windows
{
    public static readonly (string Name, Window2D Window)[] Cases =
    [
        ("one element", Make(1, 1, 1, 1, 1)),
        ("one channel", Make(5, 5, 1, 3, 3)),
        ("depth of a lane and one more", Make(4, 3, 9, 2, 2)),
        ("whole width, as in streams", Make(7, 1, 33, 3, 1)),
        ("whole width, every window apart", Make(8, 4, 8, 2, 4, strideHeight: 2)),
        ("whole width, strided", Make(9, 3, 5, 2, 3, strideHeight: 3)),
        ("pointwise", Make(6, 5, 17, 1, 1)),
        ("pointwise, strided", Make(6, 5, 16, 1, 1, strideHeight: 2, strideWidth: 3)),
        ("same padding with an odd side", Make(6, 5, 8, 4, 2, padTop: 1, padBottom: 2, padLeft: 0, padRight: 1)),
        ("padding on all sides", Make(3, 3, 4, 3, 3, padTop: 2, padBottom: 2, padLeft: 2, padRight: 2)),
        ("dilated", Make(11, 9, 3, 3, 2, dilationHeight: 4, dilationWidth: 3)),
        ("dilated over the padding", Make(4, 4, 24, 3, 3, dilationHeight: 2, dilationWidth: 2, padTop: 2, padBottom: 2, padLeft: 2, padRight: 1)),
        ("strided, padded and dilated", Make(10, 7, 7, 3, 3, 2, 3, 2, 1, 1, 2, 1, 0)),
        ("many rows", Make(64, 1, 16, 5, 1)),
    ];

    public static Window2D Make(
        int inputHeight, int inputWidth, int channels, int kernelHeight, int kernelWidth, int strideHeight = 1, int strideWidth = 1,
        int dilationHeight = 1, int dilationWidth = 1, int padTop = 0, int padBottom = 0, int padLeft = 0, int padRight = 0) => new(
        inputHeight, inputWidth, channels,
        Extent(inputHeight + padTop + padBottom, kernelHeight, dilationHeight, strideHeight),
        Extent(inputWidth + padLeft + padRight, kernelWidth, dilationWidth, strideWidth),
        kernelHeight, kernelWidth, strideHeight, strideWidth, dilationHeight, dilationWidth, padTop, padLeft);

    public static Window2D Random(Random random, bool pooling = false)
    {
        while (true)
        {
            (int kernelHeight, int kernelWidth) = (random.Next(1, 5), random.Next(1, 5));
            (int maxPadHeight, int maxPadWidth) = pooling ? (kernelHeight, kernelWidth) : (4, 4);
            Window2D window = Make(
                random.Next(1, 10), random.Next(1, 10), random.Next(1, 20), kernelHeight, kernelWidth, random.Next(1, 4), random.Next(1, 4),
                pooling ? 1 : random.Next(1, 4), pooling ? 1 : random.Next(1, 4),
                random.Next(maxPadHeight), random.Next(maxPadHeight), random.Next(maxPadWidth), random.Next(maxPadWidth));
            if (window is { OutputHeight: > 0, OutputWidth: > 0 } && (!pooling || EveryWindowTouches(window)))
            {
                return window;
            }
        }
    }

    private static bool EveryWindowTouches(Window2D window) =>
        (window.OutputHeight - 1) * window.StrideHeight - window.PadTop < window.InputHeight
        && (window.OutputWidth - 1) * window.StrideWidth - window.PadLeft < window.InputWidth;

    private static int Extent(int padded, int kernel, int dilation, int stride)
    {
        int reach = (kernel - 1) * dilation + 1;
        return padded < reach ? 0 : (padded - reach) / stride + 1;
    }
}
