using Edge.Inference.Kernels;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Tests.Compilation;

public class LegendreFormatsTests
{
    /// <summary>The errors in ARITHMETIC.md: the state against the recurrence in double precision, over 128 and 1,000 frames.</summary>
    [Theory]
    [InlineData(32, 45)]
    [InlineData(64, 55)]
    [InlineData(256, 40)]
    public void The_state_stays_near_double_precision(int order, double largestError)
    {
        LegendreMemoryDesign design = LegendreMemoryDesign.Create(order, 128);
        var random = new Random(order);
        (string Name, Func<int, int> Input)[] inputs =
        [
            ("rectified noise", _ => Math.Max(0, random.Next(-127, 128))), ("steps", t => t / 16 % 3 * 60), ("constant", _ => 127),
        ];
        foreach ((string name, Func<int, int> input) in inputs)
        {
            (double early, double late, double sqnr) = Run(design, [.. Enumerable.Range(0, 1_000).Select(input)]);
            TestContext.Current.TestOutputHelper?.WriteLine($"order {order}, {name}: at most {early:0.0} steps off in 128 frames, {late:0.0} in 1,000; {sqnr:0.0} dB");
            Assert.InRange(late, 0, largestError);
            Assert.InRange(sqnr, 54, 200);
        }
    }

    [Fact]
    public void No_row_can_leave_32_bits()
    {
        LegendreMemoryDesign design = LegendreMemoryDesign.Create(256, 128);
        LegendreFormats formats = LegendreFormats.Create(design, 1.0 / 127, 4.0 / 32_767, 255);
        var parameters = new LegendreMemoryParameters(formats.StateMatrix, formats.Shifts[..256], formats.InputVector, formats.Shifts[256..]);
        Assert.All(Enumerable.Range(0, 256), row => Assert.InRange(parameters.Bound(row, 255), 0, int.MaxValue));
        Assert.InRange(formats.Shifts[..256].Min(), 11, 13);
        Assert.Equal(15, formats.Shifts[0]);
    }

    [Fact]
    public void A_state_that_one_frame_fills_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => LegendreFormats.Create(LegendreMemoryDesign.Create(8, 64), 1, 1e-9, 255));

    private static (double Early, double Late, double SqnrDb) Run(LegendreMemoryDesign design, int[] input)
    {
        int order = design.Order;
        double[][] real = new double[input.Length][];
        (double[] state, double[] next) = (new double[order], new double[order]);
        for (int t = 0; t < input.Length; t++)
        {
            design.Step(state, next);
            state = real[t] = [.. next.Zip(design.InputVector, (m, b) => m + b * input[t])];
        }

        double scale = real.Max(frame => frame.Max(Math.Abs)) / short.MaxValue;
        LegendreFormats formats = LegendreFormats.Create(design, 1, scale, 127);
        var parameters = new LegendreMemoryParameters(formats.StateMatrix, formats.Shifts[..order], formats.InputVector, formats.Shifts[order..]);
        (short[] memory, int[] sums) = (new short[order], new int[order]);
        (double early, double late, double noise, double signal) = (0, 0, 0, 0);
        for (int t = 0; t < input.Length; t++)
        {
            LegendreMemoryS16.Run(Edge.Numerics.InstructionSet.Best, input[t], parameters, memory, sums);
            for (int i = 0; i < order; i++)
            {
                double error = memory[i] - real[t][i] / scale;
                (noise, signal, late) = (noise + error * error, signal + real[t][i] * real[t][i] / scale / scale, Math.Max(late, Math.Abs(error)));
            }

            early = t == 127 ? late : early;
        }

        return (early, late, 10 * Math.Log10(signal / noise));
    }
}
