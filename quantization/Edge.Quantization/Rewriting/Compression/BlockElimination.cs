using System.Numerics;

namespace Edge.Quantization.Rewriting.Compression;

/// <summary>Takes blocks of inputs away from a layer, one after the other, and knows what each costs when the weights that stay make up for it.</summary>
/// <remarks>
/// The error E‖Wx − Vx_K‖² over calibration data, V the best weights for the inputs K that stay. Source: Hassibi and Stork, "Second order
/// derivatives for network pruning: Optimal Brain Surgeon", 1992, for blocks of inputs: block b costs tr(W_b (S⁻¹_bb)⁻¹ W_bᵀ), S the moments
/// of x. Costs of one removal after the other add up to the error of all of them together.
/// </remarks>
internal sealed class BlockElimination
{
    private readonly int block;
    private readonly int size;
    private readonly int outputs;
    private readonly double[] weights; // [outputs, size], the best ones for the inputs that are left
    private readonly double[] inverse; // S⁻¹ of the inputs that are left, [size, size]; zeros for the others
    private readonly double variance;
    private readonly bool[] removed;

    /// <summary>Starts with all inputs.</summary>
    /// <param name="layer">The layer; it is not changed.</param>
    /// <param name="input">Moments of its inputs.</param>
    /// <param name="block">Inputs of a block: the taps of a channel, or the channels of a head.</param>
    public BlockElimination(MatrixLayer layer, InputMoments input, int block)
    {
        (this.block, size, outputs, weights) = (block, input.Size, layer.Outputs, layer.ReadWeights());
        variance = LeastSquares.Variance(weights, outputs, input);
        inverse = new Cholesky(LeastSquares.Moments(input, [.. Enumerable.Range(0, size)], layer.TakesBias), size).Inverse();
        removed = new bool[size / block];
    }

    /// <summary>What some layers that all read the same blocks can best do without, one removal after the other.</summary>
    /// <param name="readers">The layers, with all blocks; used up.</param>
    /// <param name="keep">Blocks that stay at least, from 1.</param>
    /// <param name="multiple">After each removal the number of blocks is a multiple of this.</param>
    public static IReadOnlyList<Removal> Order(IReadOnlyList<BlockElimination> readers, int keep, int multiple = 1)
    {
        var order = new List<Removal>();
        int left = readers[0].removed.Length;
        for (int next; (next = (left - 1) / multiple * multiple) >= keep; left = next)
        {
            var blocks = new List<int>();
            double loss = 0;
            while (blocks.Count < left - next)
            {
                double[][] losses = [.. readers.Select(reader => reader.Losses())];
                double[] sums = [.. Enumerable.Range(0, losses[0].Length).Select(b => losses.Sum(reader => reader[b]))];
                int least = Array.IndexOf(sums, sums.Min());
                blocks.Add(least);
                loss += sums[least];
                foreach (BlockElimination reader in readers)
                {
                    reader.Remove(least);
                }
            }

            order.Add(new Removal(blocks, loss, Math.Max(loss / blocks.Count, order.Count > 0 ? order[^1].Rank : 0)));
        }

        return order;
    }

    /// <summary>Error, relative to the variance of the layer's outputs, that taking away each block adds; 0 where those never change, infinite for blocks that are gone.</summary>
    public double[] Losses()
    {
        var losses = new double[removed.Length];
        Parallel.For(0, losses.Length, b =>
        {
            if (removed[b])
            {
                losses[b] = double.PositiveInfinity;
                return;
            }

            Cholesky factor = Corner(b);
            var solved = new double[block];
            double loss = 0;
            for (int o = 0; o < outputs; o++)
            {
                ReadOnlySpan<double> row = weights.AsSpan(o * size + b * block, block);
                row.CopyTo(solved);
                factor.Solve(solved);
                for (int i = 0; i < block; i++)
                {
                    loss += row[i] * solved[i];
                }
            }

            losses[b] = variance > 0 ? loss / variance : 0;
        });
        return losses;
    }

    /// <summary>Takes a block away; the weights that are left make up for it.</summary>
    public void Remove(int index)
    {
        int start = index * block;
        double[] rows = inverse.AsSpan(start * size, block * size).ToArray(); // S⁻¹_b:
        Cholesky factor = Corner(index);
        Parallel.For(0, size + outputs, i =>
        {
            // A row of S⁻¹, or of W: what it has in the block's columns goes, and the rest makes up for it.
            Span<double> row = i < size ? inverse.AsSpan(i * size, size) : weights.AsSpan((i - size) * size, size);
            double[] factors = row.Slice(start, block).ToArray();
            factor.Solve(factors);
            for (int k = 0; k < block; k++)
            {
                Subtract(row, factors[k], rows.AsSpan(k * size, size));
            }

            row.Slice(start, block).Clear();
        });
        inverse.AsSpan(start * size, block * size).Clear();
        removed[index] = true;
    }

    private Cholesky Corner(int index)
    {
        var corner = new double[block * block];
        for (int i = 0; i < block; i++)
        {
            inverse.AsSpan((index * block + i) * size + index * block, block).CopyTo(corner.AsSpan(i * block));
        }

        return new Cholesky(corner, block);
    }

    private static void Subtract(Span<double> row, double factor, ReadOnlySpan<double> other)
    {
        int i = 0;
        for (; i <= row.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            (new Vector<double>(row[i..]) - factor * new Vector<double>(other[i..])).CopyTo(row[i..]);
        }

        for (; i < row.Length; i++)
        {
            row[i] -= factor * other[i];
        }
    }
}
