using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Inference.Operators;

/// <summary>"average-pool" and "max-pool": attributes kernelHeight, kernelWidth and the window's; input and output share scale and zero point.</summary>
internal sealed class Pool : Operator
{
    private readonly Operand input;
    private readonly Operand output;
    private readonly Window2D window;
    private readonly PoolDivision division;
    private readonly int min;
    private readonly int max;
    private readonly bool average;
    private readonly bool vector;

    private Pool(OperatorBinding binding, bool average, Window2D window, int min, int max) : base(binding)
    {
        (input, output) = (binding.InputOperand(0), binding.OutputOperand());
        (this.window, this.min, this.max, this.average) = (window, min, max, average);
        division = new PoolDivision(binding.Rounding, binding.Output.ZeroPoint);
        vector = binding.Kernels != KernelSet.Reference;
        // Additions or comparisons, but they take their time.
        MultiplyAccumulates = (long)window.Positions * window.KernelHeight * window.KernelWidth * window.Channels;
    }

    public static Operator? BindAverage(OperatorBinding b) => Bind(b, average: true);

    public static Operator? BindMaximum(OperatorBinding b) => Bind(b, average: false);

    private static Pool? Bind(OperatorBinding b, bool average)
    {
        if (!b.RequireArity(1))
        {
            return null;
        }

        Window2D window = b.Window(b.Attribute("kernelHeight", 1, OperatorBinding.MaxWindow), b.Attribute("kernelWidth", 1, OperatorBinding.MaxWindow));
        if (!b.Sound)
        {
            return null;
        }

        b.Require(window is { DilationHeight: 1, DilationWidth: 1 }, "has a dilation; pooling windows have none");
        b.Require(window.Channels == b.Output.Channels, $"has {b.Output.Channels} output channels for {window.Channels} input channels");
        b.Require(
            window.PadTop < window.KernelHeight && window.PadLeft < window.KernelWidth
            && (window.OutputHeight - 1) * window.StrideHeight - window.PadTop < window.InputHeight
            && (window.OutputWidth - 1) * window.StrideWidth - window.PadLeft < window.InputWidth,
            "has a window that lies in the padding altogether");
        b.RequireSameQuantization(b.Inputs[0], b.Output);
        (int min, int max) = b.ActivationRange();
        return b.Sound ? new Pool(b, average, window, min, max) : null;
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        ReadOnlySpan<sbyte> x = input.Read(memory);
        Span<sbyte> y = output.Write(memory);
        switch (average, vector)
        {
            case (true, true):
                PoolS8.AverageVector128(x, window, division, min, max, y);
                break;
            case (true, false):
                PoolS8.AverageReference(x, window, division, min, max, y);
                break;
            case (false, true):
                PoolS8.MaximumVector128(x, window, min, max, y);
                break;
            case (false, false):
                PoolS8.MaximumReference(x, window, min, max, y);
                break;
        }
    }
}
