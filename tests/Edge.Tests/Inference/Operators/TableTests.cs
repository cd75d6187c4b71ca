using System.Text.Json.Nodes;
using Edge.Numerics;

namespace Edge.Tests.Inference.Operators;

public class TableTests
{
    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Each_value_is_looked_up(KernelSet set)
    {
        var file = new EdgeFile();
        int x = file.Arena("x", [1, 5]);
        int y = file.Arena("y", [1, 5], 3, 0.7);
        int table = file.Int8s("t", [256], [.. Enumerable.Range(0, 256).Select(i => (sbyte)(i / 2))]);
        Assert.Equal([0, 63, 64, 64, 127], file.Operator("table", [x, table], y).Ends(x, y).Run(set, [-128, -1, 0, 1, 127]));
    }

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Tables_of_16_bits_give_the_nearest_to_the_real_functions(KernelSet set)
    {
        EdgeFile file = Wide();
        sbyte[] input = [.. Enumerable.Range(-128, 256).Select(v => (sbyte)v)];

        // tanh to steps of 2^-15, (e^a - 1) / 2 to steps of 2^-15, and log(1 + 2b), which undoes that, to steps of 1/120: half a step, and a little for the others.
        IEnumerable<double> expected = input.Select(v => 120 * Math.Tanh(0.02 * (v + 7)) - 3);
        Assert.All(file.Run(set, input).Zip(expected), pair => Assert.InRange(pair.First, pair.Second - 0.52, pair.Second + 0.52));
    }

    [Theory]
    [InlineData("operators/1/inputs", "[1, 4]", "plan.operators[1] has 'tanh' of shape [256]; expected [65536]")]
    [InlineData("operators/1/inputs", "[1, 6]", "plan.operators[1] has 'log' of type int8; expected int16")]
    [InlineData("operators/0/inputs", "[0, 5]", "plan.operators[0] has 'exp' of shape [65536]; expected [256]")]
    [InlineData("operators/2/inputs", "[2, 1]", "plan.operators[2] computes 'a'; expected a constant from the file")]
    [InlineData("operators/2/inputs", "[2]", "plan.operators[2] has 1 inputs and 1 outputs; expected 2 and 1")]
    [InlineData("tensors/1/zeroPoint", "5", "plan.operators[0] has 'a' of int16 with zero point 5; expected 0")]
    [InlineData("rounding", "\"double\"", "plan.operators[1] reads or writes int16 in a plan of double rounding; expected rounding single")]
    public void What_a_table_of_16_bits_may_not_be_is_named(string path, string json, string message)
    {
        EdgeFile file = Wide();
        string[] parts = path.Split('/');
        JsonNode node = parts.Length == 1 ? file.Plan : file.Plan[parts[0]]![int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture)]!;
        node[parts[^1]] = JsonNode.Parse(json);
        Assert.Contains(file.Faults(), fault => fault.Contains(message, StringComparison.Ordinal));
    }

    /// <summary>Three tables: int8 to int16, int16 to int16, int16 to int8; tensors 0 to 3 are x, a, b, y, and 4 to 6 the tables.</summary>
    private static EdgeFile Wide()
    {
        const double step = 1.0 / (1 << 15);
        var file = new EdgeFile { Rounding = Rounding.Once };
        int x = file.Arena("x", [1, 256], -7, 0.02), a = file.Arena("a", [1, 256], 0, step, type: "int16"), b = file.Arena("b", [1, 256], 0, step, type: "int16");
        int y = file.Arena("y", [1, 256], -3, 1.0 / 120);
        int tanh = file.Int16s("tanh", [256], [.. Entries(256).Select(v => Saturated(Math.Tanh(0.02 * (v + 7)) / step))]);
        int exp = file.Int16s("exp", [65_536], [.. Entries(65_536).Select(v => Saturated((Math.Exp(v * step) - 1) / 2 / step))]);
        int log = file.Int8s("log", [65_536], [.. Entries(65_536).Select(v => (sbyte)Math.Round(120 * Math.Log(Math.Max(1 + 2 * v * step, 0.36)) - 3))]);
        return file.Operator("table", [x, tanh], a).Operator("table", [a, exp], b).Operator("table", [b, log], y).Ends(x, y);
    }

    private static IEnumerable<int> Entries(int count) => Enumerable.Range(-count / 2, count);

    private static short Saturated(double value) => (short)Math.Clamp(Math.Round(value), short.MinValue, short.MaxValue);
}
