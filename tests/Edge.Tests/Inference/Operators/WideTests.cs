using System.Text.Json.Nodes;
using Edge.Inference.Kernels;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference.Operators;

/// <summary>Operators on int16: an int8 input goes to 16 bits, through the operator and back; judged in real numbers.</summary>
public class WideTests
{
    private const double WideScale = 0.1 / 128;
    private static readonly int Unit = 1 << 30; // with shift 1, a factor of 1

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Going_to_16_bits_and_back_changes_nothing(KernelSet set)
    {
        sbyte[] input = new Random(1).Int8s(12);
        Assert.Equal(input, Wrap([1, 3, 4], (_, x) => x).Run(set, input));
    }

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void A_fully_connected_layer_is_the_nearest_to_the_real_product(KernelSet set)
    {
        var random = new Random(2);
        foreach (int rows in (int[])[3, 101]) // 101 are more than a tile
        {
            sbyte[] weights = random.Int8s(4 * 21);
            EdgeFile file = Wrap([1, rows, 21], (f, x) => Layer(f, x, "fully-connected", f.Int8s("w", [4, 21], weights), [1, rows, 4], 4));
            sbyte[] input = random.Int8s(rows * 21);
            Assert.Equal(
                Enumerable.Range(0, rows * 4).Select(i => Nearest(Enumerable.Range(0, 21).Sum(k => (input[i / 4 * 21 + k] + 7) * weights[i % 4 * 21 + k]) / 64.0)),
                file.Run(set, input));
        }
    }

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void From_int8_to_int16_sums_that_leave_32_bits_are_not_cut_off(KernelSet set)
    {
        var file = new EdgeFile { Rounding = Rounding.Once };
        int x = file.Arena("x", [1, 1, 1, 64], -128), wide = Wide(file, "wide", [1, 1, 1, 2]), y = file.Arena("y", [1, 1, 1, 2], 0);
        int[] inputs =
        [
            x, file.Int8s("w", [2, 64], [.. Enumerable.Repeat((sbyte)127, 128)]), file.Int32s("b", [2], int.MaxValue, int.MaxValue - 255 * 127 * 64),
            file.Int32s("q", [2, 2], Unit, Unit, -16, -16),
        ];
        file.Operator("fully-connected", inputs, wide).Operator("requantize", [wide], y, Rescales(("multiplier", -7))).Ends(x, y);

        // (2^31 - 1 + 255·127·64) / 2^17 is 16,400 and 2^31 / 2^17 is 16,384; of those 2^8 make a step.
        sbyte[] largest = [.. Enumerable.Repeat((sbyte)127, 64)];
        Assert.Equal([64, 64], file.Run(set, largest));
        Assert.Equal([64, 64], file.Run(set, new sbyte[64]));
    }

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Convolutions_are_the_nearest_to_the_real_sums(KernelSet set)
    {
        var random = new Random(3);
        (sbyte[] full, sbyte[] depthwise) = (random.Int8s(3 * 2 * 5), random.Int8s(2 * 5));
        sbyte[] input = random.Int8s(4 * 5);
        EdgeFile file = Wrap([1, 4, 1, 5], (f, x) => Layer(f, x, "convolution", f.Int4s("w", [3, 2, 1, 5], [.. full.Select(w => (sbyte)(w >> 4))]), [1, 4, 1, 3], 3, padTop: 1));
        Assert.Equal(
            Enumerable.Range(0, 12).Select(i => Nearest((from k in Enumerable.Range(0, 10) select Tap(i / 3 - 1 + k / 5, k % 5) * (full[i % 3 * 10 + k] >> 4)).Sum() / 64.0)),
            file.Run(set, input));
        file = Wrap([1, 4, 1, 5], (f, x) => Layer(f, x, "depthwise-convolution", f.Int8s("w", [2, 1, 5], depthwise), [1, 4, 1, 5], 5, padTop: 1));
        Assert.Equal(
            Enumerable.Range(0, 20).Select(i => Nearest((Tap(i / 5 - 1, i % 5) * depthwise[i % 5] + Tap(i / 5, i % 5) * depthwise[5 + i % 5]) / 64.0)),
            file.Run(set, input));

        int Tap(int row, int channel) => row < 0 ? 0 : input[row * 5 + channel] + 7;
    }

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Sums_and_products_are_the_nearest_to_the_real_ones(KernelSet set)
    {
        var random = new Random(4);
        sbyte[] input = random.Int8s(12);
        sbyte[] other = random.Int8s(4);
        EdgeFile sum = Wrap([1, 3, 4], (f, x) =>
        {
            int y = Wide(f, "sum", [1, 3, 4]);
            f.Operator("add", [x, f.Int8s("b", [4], other)], y, Rescales(("multiplier1", 0), ("multiplier2", 1), ("outputMultiplier", -18)));
            return y;
        });
        // A step of b is two of x's in 16 bits.
        Assert.Equal(input.Select((x, i) => Nearest((128 * (x + 7) + 2 * other[i % 4]) / 128.0)), sum.Run(set, input));
        EdgeFile product = Wrap([1, 3, 4], (f, x) =>
        {
            int y = Wide(f, "product", [1, 3, 4]);
            f.Operator("multiply", [x, f.Int8s("b", [4], other)], y, Rescales(("outputMultiplier", -4)));
            return y;
        });
        Assert.Equal(input.Select((x, i) => Nearest(Math.Floor((x + 7) * 128 * other[i % 4] / 32.0 + 0.5) / 128)), product.Run(set, input));
    }

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Products_of_two_activations_are_the_nearest_to_the_real_ones(KernelSet set)
    {
        sbyte[] input = new Random(10).Int8s(3 * 2 * 4), other = new Random(11).Int8s(4 * 2 * 3);
        foreach (bool transposed in (bool[])[true, false])
        {
            (int columns, int depth) = transposed ? (4, 3) : (3, 4); // b is [columns, 2, depth] or [depth, 2, columns]
            EdgeFile file = Wrap([1, 3, 2, depth], (f, x) =>
            {
                int b = f.Int8s("b", [1, 4, 2, 3], other);
                int y = Wide(f, "product", [1, 3, 2, columns]);
                JsonObject attributes = Rescales(("multiplier", -5));
                attributes["transposeB"] = transposed ? 1 : 0;
                f.Operator("batch-matmul", [x, b], y, attributes);
                return y;
            });
            Assert.Equal(
                from i in Enumerable.Range(0, 6 * columns)
                let sum = Enumerable.Range(0, depth).Sum(k => (input[i / columns * depth + k] + 7) * other[transposed ? (i % columns * 2 + i / columns % 2) * 3 + k : (k * 2 + i / columns % 2) * 3 + i % columns])
                select Nearest(sum / 64.0),
                file.Run(set, input[..(6 * depth)]));
        }
    }

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void A_mean_is_the_nearest_to_the_real_one(KernelSet set)
    {
        sbyte[] input = new Random(6).Int8s(3 * 4);
        EdgeFile file = Wrap([1, 3, 4], (f, x) =>
        {
            int y = Wide(f, "mean", [1, 4]);
            f.Operator("mean", [x], y, Rescales(("multiplier", 1)));
            return y;
        });
        Assert.Equal(Enumerable.Range(0, 4).Select(c => Nearest(Enumerable.Range(0, 3).Sum(r => input[r * 4 + c] + 7) / 3.0)), file.Run(set, input));
    }

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void A_softmax_of_16_bits_is_the_exact_one_rounded(KernelSet set)
    {
        sbyte[] input = new Random(7).Int8s(3 * 5);
        var file = new EdgeFile { Rounding = Rounding.Once };
        int x = file.Arena("x", [1, 3, 5], -7);
        int wide = Wide(file, "wide", [1, 3, 5]);
        int y = file.Arena("y", [1, 3, 5], -128, 1.0 / 256);
        file.Operator("requantize", [x], wide, Rescales(("multiplier", 8)));
        Rescale scale = Oracle.Quantize(WideScale * (1 << 26)); // a shift above those of other 16-bit operators
        file.Operator("softmax", [wide], y, new() { ["multiplier"] = scale.Multiplier, ["multiplierShift"] = scale.Shift }).Ends(x, y);

        double[] exact = [.. Enumerable.Range(0, 15).Select(i => 256 / Enumerable.Range(0, 5).Sum(k => Math.Exp(0.1 * (input[i / 5 * 5 + k] - input[i]))) - 128)];
        Assert.All(file.Run(set, input).Zip(exact), pair => Assert.InRange(pair.First - Math.Min(pair.Second, 127), -0.501, 0.501));
    }

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void A_layer_normalization_of_16_bits_is_the_kernels_definition(KernelSet set)
    {
        sbyte[] input = new Random(8).Int8s(2 * 19);
        int[] gamma = [.. Enumerable.Repeat(1_500_000_000, 18), -1_200_000_000, .. Enumerable.Repeat(11, 19)];
        int[] beta = [.. Enumerable.Range(-9, 19).Select(i => i * 30_000)];
        EdgeFile file = Wrap([1, 2, 19], (f, x) =>
        {
            int y = Wide(f, "normalized", [1, 2, 19]);
            f.Operator("layer-norm", [x, f.Int32s("gamma", [2, 19], gamma), f.Int32s("beta", [19], beta)], y, Rescales(("epsilon", 20)));
            return y;
        });
        var parameters = new LayerNormParameters(gamma[..19], gamma[19..], beta, 19L * 19 << 35, 0); // 2^(30 + 20 - 31 + 16)
        var expected = new short[input.Length];
        LayerNormS16.Reference([.. input.Select(q => (short)(128 * (q + 7)))], parameters, short.MinValue, short.MaxValue, expected);
        Assert.Equal(expected.Select(y => (sbyte)Math.Clamp(Math.Floor(y / 128.0 + 0.5) - 7, -128, 127)), file.Run(set, input));
    }

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void A_transpose_carries_both_bytes(KernelSet set)
    {
        sbyte[] input = new Random(9).Int8s(2 * 3);
        EdgeFile file = Wrap([1, 2, 1, 3], (f, x) =>
        {
            int y = Wide(f, "transposed", [1, 3, 1, 2]);
            f.Operator("transpose", [x], y, new() { ["axes"] = EdgeFile.Numbers(0, 3, 2, 1) });
            return y;
        });
        Assert.Equal([input[0], input[3], input[1], input[4], input[2], input[5]], file.Run(set, input));
    }

    [Fact]
    public void Moves_carry_both_bytes()
    {
        sbyte[] input = new Random(5).Int8s(2 * 3);
        EdgeFile file = Wrap([1, 2, 3], (f, x) =>
        {
            int past = Wide(f, "past", [1, 4, 3], "state");
            int slice = Wide(f, "slice", [1, 2, 2]);
            int pad = Wide(f, "pad", [1, 2, 4]);
            int joined = Wide(f, "joined", [1, 4, 4]);
            int flat = Wide(f, "flat", [1, 2, 8]);
            f.Operator("history", [x], past);
            f.Operator("slice", [past], slice, new() { ["begin"] = EdgeFile.Numbers(0, 1, 1), ["stride"] = EdgeFile.Numbers(1, 2, 1) });
            f.Operator("pad", [slice], pad, new() { ["before"] = EdgeFile.Numbers(0, 0, 1) });
            f.Operator("concatenate", [pad, pad], joined, new() { ["axis"] = 1 });
            f.Operator("reshape", [joined], flat);
            return flat;
        }, [1, 2, 8]);
        // Rows 1 and 3 of the state: zeros of before, and the newest; channels 1 and 2, a zero on either side.
        sbyte z = -7;
        sbyte[] once = [z, z, z, z, z, input[4], input[5], z];
        Assert.Equal([.. once, .. once], file.Run(KernelSet.Reference, input));
    }

    [Theory]
    [InlineData("rounding", "\"double\"", "reads or writes int16 in a plan of double rounding; expected rounding single")]
    [InlineData("tensors/1/zeroPoint", "3", "of int16 with zero point 3; expected 0")]
    [InlineData("operators/0/multiplierShift", "16", "has multiplier 1073741824 and shift 16 for multiplier; expected 0 or 2^30 to 2^31-1, and -31 to 15")]
    [InlineData("operators/1/op", "\"average-pool\"", "of type int16; expected int8")]
    [InlineData("operators/1/op", "\"table\"", "has 1 inputs and 1 outputs; expected 2 and 1")]
    [InlineData("operators/1/op", "\"reshape\"", "has 'wide' of int16 and 'y' of int8; this operator moves values unchanged")]
    public void What_has_no_16_bit_form_is_named(string path, string json, string message)
    {
        EdgeFile file = Wrap([1, 3, 4], (_, x) => x);
        string[] parts = path.Split('/');
        JsonNode node = parts.Length == 1 ? file.Plan : file.Plan[parts[0]]![int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture)]!;
        node[parts[^1]] = JsonNode.Parse(json);
        Assert.Contains(file.Faults(), fault => fault.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_second_channel_of_int16_cannot_be_taken()
    {
        EdgeFile file = Wrap([1, 3, 4], (f, x) =>
        {
            int y = Wide(f, "slice", [1, 3, 2]);
            f.Operator("slice", [x], y, new() { ["begin"] = EdgeFile.Numbers(0, 0, 0), ["stride"] = EdgeFile.Numbers(1, 1, 2) });
            return y;
        }, [1, 3, 2]);
        Assert.Contains(file.Faults(), fault => fault.Contains("takes every second channel, or fewer, of int16 values", StringComparison.Ordinal));
    }

    /// <summary>x int8 of scale 0.1 and zero point -7, in 16 bits of 128 times finer steps to the operator under test, and back to x's scale.</summary>
    private static EdgeFile Wrap(int[] shape, Func<EdgeFile, int, int> operation, int[]? outputShape = null)
    {
        var file = new EdgeFile { Rounding = Rounding.Once };
        int x = file.Arena("x", shape, -7);
        int wide = Wide(file, "wide", shape);
        file.Operator("requantize", [x], wide, Rescales(("multiplier", 8)));
        int result = operation(file, wide);
        int[] last = outputShape ?? [.. file.Plan["tensors"]![result]!["shape"]!.AsArray().Select(d => d!.GetValue<int>())];
        int y = file.Arena("y", last, -7);
        return file.Operator("requantize", [result], y, Rescales(("multiplier", -6))).Ends(x, y);
    }

    /// <summary>A layer whose factor is 1/64.</summary>
    private static int Layer(EdgeFile file, int x, string kind, int weights, int[] shape, int channels, int padTop = 0)
    {
        int y = Wide(file, "layer", shape);
        int[] scales = [.. Enumerable.Repeat(Unit, channels), .. Enumerable.Repeat(-5, channels)];
        var attributes = padTop > 0 ? new JsonObject { ["padTop"] = padTop } : [];
        file.Operator(kind, [x, weights, file.Int32s("b", [channels], new int[channels]), file.Int32s("q", [2, channels], scales)], y, attributes);
        return y;
    }

    private static int Wide(EdgeFile file, string name, int[] shape, string at = "arena") => file.Arena(name, shape, 0, WideScale, at, "int16");

    private static JsonObject Rescales(params (string Name, int Shift)[] scales) => new(scales.SelectMany(s => (KeyValuePair<string, JsonNode?>[])
        [new(s.Name, Unit), new(s.Name + "Shift", s.Shift)]));

    /// <summary>A number of steps of x as y has it, by way of the nearest 128th, saturated to int16.</summary>
    private static sbyte Nearest(double steps)
    {
        double wide = Math.Clamp(Math.Floor(steps * 128 + 0.5), short.MinValue, short.MaxValue);
        return (sbyte)Math.Clamp(Math.Floor(wide / 128 + 0.5) - 7, -128, 127);
    }
}
