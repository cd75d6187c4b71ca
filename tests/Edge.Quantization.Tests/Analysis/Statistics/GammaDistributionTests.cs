using Edge.Quantization.Analysis.Statistics;

namespace Edge.Quantization.Tests.Analysis.Statistics;

public class GammaDistributionTests
{
    // Percentage points of the chi-square distribution, as any table prints them.
    [Theory]
    [InlineData(1, 0.95, 3.841)]
    [InlineData(2, 0.95, 5.991)]
    [InlineData(10, 0.95, 18.307)]
    [InlineData(10, 0.05, 3.940)]
    [InlineData(30, 0.99, 50.892)]
    [InlineData(100, 0.025, 74.222)]
    [InlineData(1, 0.01, 0.000157)]
    public void Chi_square_quantiles_are_those_of_the_tables(int freedom, double probability, double expected) =>
        Assert.Equal(expected, 2 * GammaDistribution.Quantile(freedom / 2.0, probability), expected < 0.001 ? 5e-7 : 5.1e-4);

    [Theory]
    [InlineData(0.5, 1.772453850905516)]
    [InlineData(1, 1)]
    [InlineData(0.1, 9.513507698668732)]
    [InlineData(5, 24)]
    [InlineData(15, 87178291200)]
    public void The_logarithm_of_gamma_is_that_of_factorials_and_roots_of_pi(double x, double gamma) =>
        Assert.Equal(Math.Log(gamma), GammaDistribution.LogGamma(x), 1e-12);

    [Fact]
    public void Of_a_whole_shape_the_distribution_is_a_sum_of_Poisson_terms()
    {
        foreach ((int shape, double x) in new[] { (1, 0.3), (3, 2.0), (3, 9.0), (20, 10.0), (20, 35.0), (150, 140.0) })
        {
            double term = Math.Exp(-x), below = term;
            for (int k = 1; k < shape; k++)
            {
                term *= x / k;
                below += term;
            }

            Assert.Equal(1 - below, GammaDistribution.Cumulative(shape, x), 1e-12);
        }
    }

    [Fact]
    public void A_quantile_is_where_the_distribution_has_its_probability()
    {
        foreach (double shape in new[] { 0.02, 0.5, 1, 7.3, 300, 1e4, 1e6 })
        {
            foreach (double probability in new[] { 1e-6, 0.025, 0.5, 0.975, 0.999999 })
            {
                Assert.Equal(probability, GammaDistribution.Cumulative(shape, GammaDistribution.Quantile(shape, probability)), 1e-9);
            }
        }
    }

    [Fact]
    public void The_ends_are_0_and_infinity()
    {
        Assert.Equal(0, GammaDistribution.Quantile(3, 0));
        Assert.Equal(1, GammaDistribution.Cumulative(3, double.PositiveInfinity));
        Assert.Throws<ArgumentOutOfRangeException>(() => GammaDistribution.Quantile(3, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => GammaDistribution.Cumulative(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => GammaDistribution.Cumulative(1, double.NaN));
    }
}
