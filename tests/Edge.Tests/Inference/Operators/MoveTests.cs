using System.Text.Json.Nodes;
using Edge.Numerics;

namespace Edge.Tests.Inference.Operators;

public class MoveTests
{
    private static readonly sbyte[] Twelve = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Slice_takes_every_stride_th_from_begin(KernelSet set)
    {
        EdgeFile file = File("slice", [1, 3, 4], [1, 2, 2], 0, new() { ["begin"] = EdgeFile.Numbers(0, 0, 1), ["stride"] = EdgeFile.Numbers(1, 2, 2) });
        Assert.Equal([2, 4, 10, 12], file.Run(set, Twelve));
    }

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Pad_fills_with_real_zero(KernelSet set)
    {
        EdgeFile file = File("pad", [1, 1, 2], [1, 3, 3], -5, new() { ["before"] = EdgeFile.Numbers(0, 1, 1) });
        Assert.Equal([-5, -5, -5, -5, 8, 9, -5, -5, -5], file.Run(set, [8, 9]));
    }

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Concatenate_joins_along_its_axis(KernelSet set)
    {
        var file = new EdgeFile();
        int x = file.Arena("x", [1, 2, 2]);
        int y = file.Arena("y", [1, 2, 5]);
        int constant = file.Int8s("c", [1, 2, 1], [70, 80]);
        file.Plan["tensors"]![constant]!["scale"] = 0.1;
        file.Operator("concatenate", [x, constant, x], y, new() { ["axis"] = 2 }).Ends(x, y);
        Assert.Equal([1, 2, 70, 1, 2, 3, 4, 80, 3, 4], file.Run(set, [1, 2, 3, 4]));
    }

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Reshape_keeps_the_order_and_may_stay_in_place(KernelSet set)
    {
        EdgeFile file = File("reshape", [1, 3, 4], [1, 12], 0, []);
        Assert.Equal(Twelve, file.Run(set, Twelve));
        file.Plan["tensors"]![1]!["offset"] = 0;
        Assert.Equal(Twelve, file.Run(set, Twelve));
    }

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Transpose_brings_dimensions_into_another_order(KernelSet set)
    {
        EdgeFile file = File("transpose", [1, 3, 2, 2], [1, 2, 2, 3], 0, new() { ["axes"] = EdgeFile.Numbers(0, 2, 3, 1) });
        Assert.Equal([1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12], file.Run(set, Twelve));
    }

    [Fact]
    public void A_transpose_that_takes_a_dimension_twice_is_a_fault()
    {
        EdgeFile file = File("transpose", [1, 3, 2, 2], [1, 2, 2, 3], 0, new() { ["axes"] = EdgeFile.Numbers(0, 2, 2, 1) });
        Assert.Contains(file.Faults(), f => f.Contains("axes [0, 2, 2, 1]; expected each dimension once", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("slice", "begin", 2, "takes 2 from 2 by 2 along dimension 1 of 3")]
    [InlineData("slice", "stride", 9, "takes 2 from 0 by 9 along dimension 1 of 3")]
    [InlineData("pad", "before", 1, "puts 3 after 1 along dimension 1 of 2")]
    public void A_box_that_leaves_its_tensor_is_a_fault(string kind, string attribute, int value, string message)
    {
        EdgeFile file = File(kind, [1, 3, 4], [1, 2, 2], 0, new()
        {
            ["begin"] = EdgeFile.Numbers(0, 0, 1), ["stride"] = EdgeFile.Numbers(1, 2, 2), ["before"] = EdgeFile.Numbers(0, 0, 0),
        });
        file.Plan["operators"]![0]![attribute]![1] = value;
        Assert.Contains(file.Faults(), f => f.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void Pieces_that_do_not_fill_the_whole_are_a_fault()
    {
        EdgeFile file = File("concatenate", [1, 2, 2], [1, 2, 3], 0, new() { ["axis"] = 2 });
        Assert.Contains(file.Faults(), f => f.Contains("inputs of 2 in all along axis 2; its output has 3", StringComparison.Ordinal));
    }

    [Fact]
    public void A_reshape_to_another_size_is_a_fault() =>
        Assert.Contains(File("reshape", [1, 3, 4], [1, 11], 0, []).Faults(), f => f.Contains("12 elements in and 11 out", StringComparison.Ordinal));

    private static EdgeFile File(string kind, int[] shape, int[] outputShape, int zeroPoint, JsonObject attributes)
    {
        var file = new EdgeFile();
        int x = file.Arena("x", shape, zeroPoint);
        int y = file.Arena("y", outputShape, zeroPoint);
        return file.Operator(kind, [x], y, attributes).Ends(x, y);
    }
}
