using System.Numerics;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class LstmS8Tests
{
    /// <summary>Features, cells, outputs (0: as many as cells, without projection), input gate, peephole.</summary>
    public static TheoryData<int, int, int, bool, bool> Layers { get; } = new()
    {
        { 1, 1, 0, true, false }, { 5, 3, 0, true, true }, { 10, 8, 0, false, false }, { 13, 9, 0, false, true }, { 8, 16, 5, true, true }, { 40, 20, 24, false, false }, { 33, 17, 0, true, false },
    };

    [Theory]
    [MemberData(nameof(Layers))]
    public void Vector128_gives_the_bits_of_the_reference_step_by_step(int features, int cells, int outputs, bool inputGate, bool peephole)
    {
        var random = new Random(features);
        for (int round = 0; round < 30; round++)
        {
            LstmParameters p = Any(random, features, cells, outputs, inputGate, peephole, clips: round % 3 == 0).Parameters;
            Pattern pattern = Patterns.All[round % Patterns.All.Length];
            (sbyte[] expected, sbyte[] hidden) = (new sbyte[p.Outputs], new sbyte[p.Outputs]);
            (short[] expectedCells, short[] actualCells) = (new short[cells], new short[cells]);
            var scratch = new LstmScratch(p, new byte[LstmScratch.Bytes(p)]);
            for (int step = 0; step < 12; step++)
            {
                sbyte[] input = random.Int8s(features, pattern);
                LstmS8.Reference(input, p, expected, expectedCells, scratch);
                LstmS8.RunVector128(input, p, hidden, actualCells, scratch);
                Assert.Equal(expected, hidden);
                Assert.Equal(expectedCells, actualCells);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void Reference_is_the_specification_in_exact_arithmetic(int features, int cells, int outputs, bool inputGate, bool peephole)
    {
        var random = new Random(cells);
        for (int round = 0; round < 6; round++)
        {
            LstmLayer layer = Any(random, features, cells, outputs, inputGate, peephole, clips: round % 3 == 0);
            LstmParameters p = layer.Parameters;
            (sbyte[] hidden, short[] state) = (random.Int8s(p.Outputs), [.. random.Int32s(cells, 32_767).Select(c => (short)c)]);
            var scratch = new LstmScratch(p, new byte[LstmScratch.Bytes(p)]);
            for (int step = 0; step < 4; step++)
            {
                sbyte[] input = random.Int8s(features);
                (sbyte[] expected, short[] expectedState) = Exact(layer, input, hidden, state);
                LstmS8.Reference(input, p, hidden, state, scratch);
                Assert.Equal(expectedState, state);
                Assert.Equal(expected, hidden);
            }
        }
    }

    /// <summary>
    /// The figures in ARITHMETIC.md, in steps of 1/128, where no gate leaves its range: one step from the same states, and 200 steps of a layer of the same
    /// numbers in double precision, whose errors the recurrence keeps.
    /// </summary>
    [Theory]
    [InlineData(Rounding.Once)]
    [InlineData(Rounding.Twice)]
    public void Result_is_the_real_layer_within_the_bound(Rounding rounding)
    {
        (double worstStep, double worst) = (0, 0);
        for (int seed = 0; seed < 20; seed++)
        {
            LstmLayer layer = LstmLayer.Any(new Random(seed), 20, 16, 16, inputGate: seed % 2 == 0, peephole: false, projection: false, rounding);
            layer = layer with
            {
                InputZeroPoint = 0, OutputZeroPoint = 0, HiddenZeroPoint = 0, HiddenScale = Oracle.Quantize(128.0 / (1 << 30), rounding), CellIntegerBits = 3,
                Scales = [.. layer.Scales.Select(s => s with { Shift = s.Shift - 1 })], // no gate leaves Q3.12
            };
            (double step, double overall) = Errors(layer, new Random(seed));
            (worstStep, worst) = (Math.Max(worstStep, step), Math.Max(worst, overall));
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{rounding}: a step at most {worstStep:0.000} steps of 1/128 off, 200 steps {worst:0.00}");
        Assert.InRange(worstStep, 0.5, 0.56);
        Assert.InRange(worst, 0.5, 2);
    }

    /// <summary>The largest error of one step from the device's states, and of 200 steps from zero.</summary>
    private static (double Step, double Overall) Errors(LstmLayer layer, Random random)
    {
        LstmParameters p = layer.Parameters;
        (sbyte[] hidden, short[] cells) = (new sbyte[p.Outputs], new short[p.Cells]);
        var scratch = new LstmScratch(p, new byte[LstmScratch.Bytes(p)]);
        (double[] real, double[] realCells) = (new double[p.Outputs], new double[p.Cells]);
        (double step, double overall) = (0, 0);
        for (int i = 0; i < 200; i++)
        {
            sbyte[] input = random.Int8s(layer.Features);
            double[] fromHere = Real(layer, input, [.. hidden.Select(q => q / 128.0)], [.. cells.Select(c => c / Math.Pow(2, 15 - layer.CellIntegerBits))]);
            real = Real(layer, input, real, realCells);
            LstmS8.Reference(input, p, hidden, cells, scratch);
            step = Math.Max(step, Worst(fromHere));
            overall = Math.Max(overall, Worst(real));
        }

        return (step, overall);

        double Worst(double[] exact) => hidden.Zip(exact, (q, r) => Math.Abs(q - Math.Clamp(128 * r, -128, 127))).Max();
    }

    private static LstmLayer Any(Random random, int features, int cells, int outputs, bool inputGate, bool peephole, bool clips) =>
        LstmLayer.Any(random, features, cells, outputs == 0 ? cells : outputs, inputGate, peephole, outputs != 0, random.Rounding(), clips);

    /// <summary>One step from the formulas of ARITHMETIC.md, cell by cell in integers of any size. The two functions of 16 bits have tests of their own.</summary>
    private static (sbyte[] Hidden, short[] State) Exact(LstmLayer layer, sbyte[] input, sbyte[] hidden, short[] state)
    {
        (int n, int first) = (layer.Cells, layer.Gates - 3);
        var newState = new short[n];
        var values = new int[n];
        for (int c = 0; c < n; c++)
        {
            int forget = Logistic(Gate(first, c, first, state[c]));
            int share = first == 0 ? 32_767 - forget : Logistic(Gate(0, c, 0, state[c]));
            int candidate = Tanh(Gate(first + 1, c, -1, 0), 3);
            BigInteger cell = Clamp(
                Oracle.NearestAwayFromZero(forget * state[c], 1 << 15) + Oracle.NearestAwayFromZero(share * candidate, BigInteger.Pow(2, 15 + layer.CellIntegerBits)),
                short.MinValue, short.MaxValue);
            newState[c] = (short)(layer.CellClip > 0 ? Clamp(cell, -layer.CellClip, layer.CellClip) : cell);
            int gate = Logistic(Gate(first + 2, c, layer.Gates - 2, newState[c]));
            values[c] = (int)Clamp(Rescale(gate * Tanh(newState[c], layer.CellIntegerBits), layer.HiddenScale) + layer.HiddenZeroPoint, -128, 127);
        }

        if (!layer.HasProjection)
        {
            return ([.. values.Select(v => (sbyte)v)], newState);
        }

        return ([.. Enumerable.Range(0, layer.Outputs).Select(o =>
        {
            BigInteger sum = layer.ProjectionBias[o] + Enumerable.Range(0, n).Sum(c => (values[c] - layer.HiddenZeroPoint) * layer.ProjectionWeights[o * n + c]);
            BigInteger y = Clamp(Rescale(sum, layer.ProjectionScale) + layer.OutputZeroPoint, -128, 127);
            return (sbyte)(layer.ProjectionClip > 0 ? Clamp(y, -layer.ProjectionClip, layer.ProjectionClip) : y);
        })], newState);

        int Gate(int gate, int c, int peep, int cell)
        {
            int row = gate * n + c;
            BigInteger x = layer.Bias[row] + Enumerable.Range(0, layer.Features).Sum(k => (input[k] - layer.InputZeroPoint) * layer.InputWeights[row * layer.Features + k]);
            BigInteger h = Enumerable.Range(0, layer.Outputs).Sum(k => (hidden[k] - layer.OutputZeroPoint) * layer.RecurrentWeights[row * layer.Outputs + k]);
            BigInteger value = Clamp(Rescale(x, layer.Scales[gate]), short.MinValue, short.MaxValue);
            value = Clamp(value + Rescale(h, layer.Scales[layer.Gates + gate]), short.MinValue, short.MaxValue);
            if (layer.HasPeephole && peep >= 0)
            {
                value = Clamp(value + Rescale(layer.PeepholeWeights[peep * n + c] * cell, layer.Scales[2 * layer.Gates + peep]), short.MinValue, short.MaxValue);
            }

            return (int)value;
        }
    }

    /// <summary>One step in double precision; the cells move on in place.</summary>
    private static double[] Real(LstmLayer layer, sbyte[] input, double[] last, double[] cells)
    {
        int first = layer.Gates - 3;
        double[] result = new double[layer.Cells];
        for (int c = 0; c < layer.Cells; c++)
        {
            double forget = Sigmoid(Gate(first, c));
            double share = first == 0 ? 1 - forget : Sigmoid(Gate(0, c));
            cells[c] = forget * cells[c] + share * Math.Tanh(Gate(first + 1, c));
            result[c] = Sigmoid(Gate(first + 2, c)) * Math.Tanh(cells[c]);
        }

        return result;

        double Gate(int gate, int c)
        {
            int row = gate * layer.Cells + c;
            double x = layer.Bias[row] + Enumerable.Range(0, layer.Features).Sum(k => (input[k] - layer.InputZeroPoint) * layer.InputWeights[row * layer.Features + k]);
            double h = Enumerable.Range(0, layer.Cells).Sum(k => 128 * last[k] * layer.RecurrentWeights[row * layer.Cells + k]);
            return (Factor(layer.Scales[gate]) * x + Factor(layer.Scales[layer.Gates + gate]) * h) / 4096;
        }

        static double Sigmoid(double a) => 1 / (1 + Math.Exp(-a));

        static double Factor(Rescale scale) => scale.Multiplier * Math.Pow(2, scale.Shift - 31);
    }

    private static BigInteger Rescale(BigInteger value, Rescale scale) => Oracle.Rescale(Oracle.Wrap(value), scale.Multiplier, scale.Shift, scale.Rounding);

    private static BigInteger Clamp(BigInteger value, int min, int max) => BigInteger.Max(min, BigInteger.Min(max, value));

    private static int Logistic(int a)
    {
        Span<short> one = [(short)a];
        LogisticS16.Reference(one);
        return one[0];
    }

    private static int Tanh(int a, int integerBits)
    {
        Span<short> one = [(short)a];
        TanhS16.Reference(one, integerBits, one);
        return one[0];
    }
}
