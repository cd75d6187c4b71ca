using Edge.Quantization.Graph;
using Edge.Quantization.Rewriting.Quantizing;
using Edge.Quantization.Rewriting.Compression;

namespace Edge.Quantization.Tests.Rewriting.Compression;

/// <summary>A layer of 8 channels of 3 taps that move together: losses against a fit to each choice of channels, done here from the rows themselves.</summary>
public class BlockEliminationTests
{
    private const int Channels = 8, Taps = 3, Outputs = 4, Rows = 600, Size = Channels * Taps;

    /// <summary>Damping keeps weights near to what they were, which costs a little.</summary>
    private const double MostWithDamping = 1.03;

    private readonly float[][] rows;
    private readonly ModelGraph graph = GraphText.Parse($"y = Conv x ~{Outputs}x{Channels}x{Taps} ~{Outputs} kernel_shape:[{Taps}]", 17, ("x", [1, Channels, 20]));
    private readonly InputMoments moments;

    public BlockEliminationTests()
    {
        var random = new Random(5);
        double[] mixing = [.. Enumerable.Range(0, Size * Size).Select(i => random.NextDouble() - 0.5 + (i % (Size + 1) == 0 ? 1 : 0))];
        rows = [.. Enumerable.Range(0, Rows).Select(_ =>
        {
            double[] source = [.. Enumerable.Range(0, Size).Select(_ => random.NextDouble())];
            return Enumerable.Range(0, Size).Select(i => (float)Enumerable.Range(0, Size).Sum(j => mixing[i * Size + j] * source[j])).ToArray();
        })];
        var second = new SecondMoments(1, Size);
        foreach (float[] row in rows)
        {
            row.CopyTo(second.NextRow(0));
            second.Commit(0);
        }

        moments = new InputMoments(second);
    }

    private MatrixLayer Layer => MatrixLayer.Find(graph, graph.Nodes[0])!;

    [Fact]
    public void A_loss_is_the_error_that_the_best_fit_without_the_block_leaves()
    {
        double[] losses = new BlockElimination(Layer, moments, Taps).Losses();

        double[] expected = [.. Enumerable.Range(0, Channels).Select(gone => ErrorWithout([gone]))];
        Assert.All(expected.Zip(losses), pair => Assert.InRange(pair.Second / pair.First, 0.999, MostWithDamping));
    }

    [Fact]
    public void Each_removal_is_the_cheapest_that_is_left_and_the_losses_add_up()
    {
        IReadOnlyList<Removal> order = BlockElimination.Order([new BlockElimination(Layer, moments, Taps)], keep: 2);

        Assert.Equal(Channels - 2, order.Count);
        var gone = new List<int>();
        double sum = 0;
        foreach (Removal removal in order)
        {
            int best = Enumerable.Range(0, Channels).Except(gone).MinBy(channel => ErrorWithout([.. gone, channel]));
            Assert.Equal([best], removal.Blocks);
            gone.Add(best);
            sum += removal.Loss;
            Assert.InRange(sum / ErrorWithout(gone), 0.999, MostWithDamping);
        }
    }

    [Fact]
    public void A_refit_is_that_best_fit()
    {
        int[] gone = [1, 4, 6], kept = [.. Enumerable.Range(0, Channels).Except(gone)];
        double[] weights = Layer.ReadWeights(), bias = Layer.ReadBias();
        double least = ErrorWithout(gone) * Power(weights);

        LeastSquares.Refit(Layer, moments, kept);

        double[] fitted = Layer.ReadWeights(), fittedBias = Layer.ReadBias();
        int[] columns = Columns(kept);
        double error = rows.Sum(row => Enumerable.Range(0, Outputs).Sum(o => Math.Pow(
            Enumerable.Range(0, Size).Sum(i => weights[o * Size + i] * row[i]) + bias[o]
            - Enumerable.Range(0, columns.Length).Sum(k => fitted[o * columns.Length + k] * row[columns[k]]) - fittedBias[o], 2)));
        Assert.InRange(error / least, 0.999, MostWithDamping);
    }

    [Fact]
    public void Removals_leave_a_multiple()
    {
        IReadOnlyList<Removal> order = BlockElimination.Order([new BlockElimination(Layer, moments, Taps)], keep: 1, multiple: 3);

        Assert.Equal([2, 3], order.Select(removal => removal.Blocks.Count)); // 8 to 6 to 3
        Assert.Equal(5, order.SelectMany(removal => removal.Blocks).Distinct().Count());
        Assert.Equal(order.Select(removal => removal.Rank).Order(), order.Select(removal => removal.Rank));
    }

    /// <summary>Error of the outputs, over their variance, once the layer with the best weights and bias reads the other channels alone.</summary>
    private double ErrorWithout(IReadOnlyList<int> gone)
    {
        // The outputs that the rows of the kept columns, with their mean taken off, do not explain: Gram-Schmidt over the rows as samples.
        double[] weights = Layer.ReadWeights();
        var basis = new List<double[]>();
        foreach (int column in Columns([.. Enumerable.Range(0, Channels).Except(gone)]))
        {
            double[] left = Without(basis, Centred(row => row[column]));
            double norm = Math.Sqrt(left.Sum(v => v * v));
            basis.Add(Array.ConvertAll(left, v => v / norm));
        }

        return Enumerable.Range(0, Outputs).Sum(o => Without(basis, Output(weights, o)).Sum(v => v * v)) / Power(weights);
    }

    private double Power(double[] weights) => Enumerable.Range(0, Outputs).Sum(o => Output(weights, o).Sum(v => v * v));

    private double[] Output(double[] weights, int o) => Centred(row => Enumerable.Range(0, Size).Sum(i => weights[o * Size + i] * row[i]));

    private double[] Centred(Func<float[], double> value)
    {
        double[] values = Array.ConvertAll(rows, row => value(row));
        double mean = values.Average();
        return Array.ConvertAll(values, v => v - mean);
    }

    private static double[] Without(List<double[]> basis, double[] values)
    {
        foreach (double[] direction in basis)
        {
            double along = direction.Zip(values).Sum(pair => pair.First * pair.Second);
            values = [.. values.Zip(direction).Select(pair => pair.First - along * pair.Second)];
        }

        return values;
    }

    private static int[] Columns(int[] channels) => [.. channels.SelectMany(channel => Enumerable.Range(channel * Taps, Taps))];
}
