using System.Text.Json.Nodes;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference.Operators;

/// <summary>Weights of four bits give what the same weights give in eight.</summary>
public class Int4WeightsTests
{
    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Every_layer_reads_four_bits_as_it_reads_eight(KernelSet set)
    {
        var random = new Random(1);
        sbyte[] weights = [-8, 7, .. Enumerable.Range(0, 300).Select(_ => (sbyte)random.Next(-8, 8))];
        sbyte[] input = random.Int8s(5 * 2 * 3);
        foreach (string kind in (string[])["convolution", "depthwise-convolution", "fully-connected"])
        {
            Assert.Equal(Layer(kind, weights, narrow: false).Run(set, input), Layer(kind, weights, narrow: true).Run(set, input));
        }
    }

    [Fact]
    public void A_number_of_bytes_that_does_not_fit_the_shape_is_a_fault()
    {
        EdgeFile file = Layer("fully-connected", new sbyte[21], narrow: true);
        file.Plan["tensors"]![2]!["shape"] = EdgeFile.Numbers(8, 3);
        Assert.Contains("plan.tensors[2]: shape is [8, 3] of int4; the header has I8 [11], expected I8 [12].", file.Faults());
    }

    [Fact]
    public void An_odd_number_of_elements_ends_in_half_a_byte_of_0()
    {
        EdgeFile file = Layer("fully-connected", new sbyte[21], narrow: true);
        byte[] bytes = file.Write();
        bytes[^1] = 0x10; // the weights are the last tensor
        Assert.Contains(
            "plan.tensors[2]: shape is [7, 3], an odd number of elements; the last byte's upper half is not 0.",
            Assert.Throws<Edge.Inference.ModelFormatException>(() => Edge.Inference.Model.Load(bytes, "odd.edge")).Faults);
    }

    [Theory]
    [InlineData("\"int8\"", "plan.tensors[2]: type is 'int8'; a constant's type stands in the header, unless it is int4")]
    [InlineData("4", "plan.tensors[2]: type is 4; expected a string")]
    public void Another_type_of_a_constant_is_a_fault(string type, string message)
    {
        EdgeFile file = Layer("fully-connected", new sbyte[21], narrow: true);
        file.Plan["tensors"]![2]!["type"] = JsonNode.Parse(type);
        Assert.Contains(file.Faults(), f => f.StartsWith(message, StringComparison.Ordinal));
    }

    [Fact]
    public void Only_weights_may_have_four_bits()
    {
        var file = new EdgeFile();
        int a = file.Arena("a", [1, 3]);
        int y = file.Arena("y", [1, 3]);
        file.Operator("multiply", [a, file.Int4s("b", [3], 1, 2, 3)], y, new() { ["outputMultiplier"] = 1 << 30, ["outputMultiplierShift"] = 0 }).Ends(a, y);
        Assert.Contains("plan.operators[0] has 'b' of type int4; expected int8.", file.Faults());
    }

    [Fact]
    public void A_session_holds_no_tensor_of_four_bits()
    {
        EdgeFile file = Layer("fully-connected", new sbyte[21], narrow: true);
        file.Plan["tensors"]![0]!["type"] = "int4";
        Assert.Contains("plan.tensors[0]: type is unknown; expected int8, int16 or int32.", file.Faults());
    }

    private static EdgeFile Layer(string kind, sbyte[] weights, bool narrow)
    {
        const int channels = 7;
        var file = new EdgeFile { Rounding = Rounding.Once };
        int[] shape = kind == "fully-connected" ? [channels, 3] : kind == "convolution" ? [channels, 2, 1, 3] : [3, 2, 3];
        int outputs = kind == "depthwise-convolution" ? 3 : channels;
        int x = file.Arena("x", [1, 5, 2, 3], -9);
        int y = file.Arena("y", kind switch { "fully-connected" => [1, 5, 2, outputs], "convolution" => [1, 4, 2, outputs], _ => [1, 3, 1, outputs] }, 4);
        weights = weights[..shape.Aggregate((a, b) => a * b)];
        int w = narrow ? file.Int4s("w", shape, weights) : file.Int8s("w", shape, weights);
        int[] scales = [.. Enumerable.Repeat(1_400_000_000, outputs), .. Enumerable.Repeat(-6, outputs)];
        return file.Operator(kind, [x, w, file.Int32s("b", [outputs], new int[outputs]), file.Int32s("q", [2, outputs], scales)], y).Ends(x, y);
    }
}
