using Edge.Quantization.Graph.Patterns;

namespace Edge.Quantization.Tests.Patterns;

public class LegendreMemoryDesignTests
{
    /// <summary>Goldens of order 8 and 64 over 128 frames, computed with SciPy's matrix exponential in double precision.</summary>
    [Fact]
    public void Zero_order_hold_gives_the_known_matrices()
    {
        LegendreMemoryDesign eight = LegendreMemoryDesign.Create(8, 128);
        AssertNear([0.007985, -0.022733, 0.03903], eight.InputVector.AsSpan(0, 3));
        AssertNear([0.992015, -0.007578, -0.007806], eight.StateMatrix.AsSpan(0, 3));
        LegendreMemoryDesign many = LegendreMemoryDesign.Create(64, 128);
        AssertNear([0.007824], many.InputVector.AsSpan(0, 1));
        AssertNear([0.992176], many.StateMatrix.AsSpan(0, 1));
        double[] response = eight.ImpulseResponse(130);
        AssertNear([0.007985, 0.007665, 0.003651, 0.003112], [response[0], response[64 * 8], response[127 * 8], response[129 * 8]]);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(32)]
    [InlineData(256)]
    public void The_memory_fades_where_Eulers_rule_diverges(int order)
    {
        LegendreMemoryDesign design = LegendreMemoryDesign.Create(order, 128);
        double[] response = design.ImpulseResponse(1_500);
        Assert.True(response[^order..].Max(Math.Abs) < 1e-6, $"{response[^order..].Max(Math.Abs)} is left");
    }

    /// <summary>An input that is held is the first polynomial, the constant, and nothing else.</summary>
    [Fact]
    public void A_constant_is_remembered_as_the_constant_polynomial()
    {
        const int order = 6;
        LegendreMemoryDesign design = LegendreMemoryDesign.Create(order, 20);
        (double[] state, double[] next) = (new double[order], new double[order]);
        for (int frame = 0; frame < 2_000; frame++)
        {
            design.Step(state, next);
            (state, next) = ([.. next.Zip(design.InputVector, (m, b) => m + b)], state);
        }

        AssertNear([1, 0, 0, 0, 0, 0], state);
    }

    [Fact]
    public void An_order_or_length_of_nothing_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => LegendreMemoryDesign.Create(0, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => LegendreMemoryDesign.Create(5, 0));
    }

    private static void AssertNear(double[] expected, ReadOnlySpan<double> found)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.InRange(found[i], expected[i] - 1e-6, expected[i] + 1e-6);
        }
    }
}
