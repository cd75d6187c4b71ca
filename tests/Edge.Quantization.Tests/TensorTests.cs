using Edge.Quantization.Graph;

namespace Edge.Quantization.Tests;

public class TensorTests
{
    [Fact]
    public void Integers_convert_where_they_fit()
    {
        Tensor tensor = Tensor.Of([4], (long[])[-128, 0, 1, 127]);
        Assert.Equal([-128L, 0, 1, 127], tensor.ToLongs());
        Assert.Equal([-128, 0, 1, 127], tensor.ToInts());
        Assert.Equal(new sbyte[] { -128, 0, 1, 127 }, tensor.ToSBytes());
        Assert.Equal([-128f, 0, 1, 127], tensor.ToFloats());
    }

    [Theory]
    [InlineData(128L)]
    [InlineData(-129L)]
    [InlineData(long.MaxValue)]
    public void Integers_that_do_not_fit_are_refused(long value)
    {
        Assert.Throws<InvalidOperationException>(() => Tensor.Vector(value).ToSBytes());
    }

    [Fact]
    public void An_integer_without_an_exact_float_is_refused()
    {
        Assert.Equal([16777216f], Tensor.Vector(1 << 24).ToFloats());
        Assert.Throws<InvalidOperationException>(() => Tensor.Vector((1 << 24) + 1).ToFloats());
        Assert.Throws<InvalidOperationException>(() => Tensor.Vector(long.MaxValue).ToFloats());
    }

    [Fact]
    public void Floats_are_no_integers()
    {
        Assert.Throws<InvalidOperationException>(() => Tensor.Scalar(1).ToLongs());
    }

    [Fact]
    public void Half_and_bfloat16_widen_exactly()
    {
        // 1.5 is 0x3E00 as binary16 and 0x3FC0 as bfloat16; -2 is 0xC000 in both.
        Assert.Equal([1.5f, -2], new Tensor(ElementType.Float16, [2], new byte[] { 0x00, 0x3E, 0x00, 0xC0 }).ToFloats());
        Assert.Equal([1.5f, -2], new Tensor(ElementType.BFloat16, [2], new byte[] { 0xC0, 0x3F, 0x00, 0xC0 }).ToFloats());
    }

    [Fact]
    public void A_double_rounds_but_must_not_overflow()
    {
        Assert.Equal([0.1f], new Tensor(ElementType.Float64, [], BitConverter.GetBytes(0.1)).ToFloats());
        Assert.Throws<InvalidOperationException>(() => new Tensor(ElementType.Float64, [], BitConverter.GetBytes(1e300)).ToFloats());
    }

    [Theory]
    [InlineData(new long[] { 3 })]
    [InlineData(new long[] { -1 })]
    [InlineData(new long[] { })]
    [InlineData(new long[] { long.MaxValue, long.MaxValue, long.MaxValue })]
    [InlineData(new long[] { 1L << 32, 1L << 32 })]
    public void Dimensions_that_do_not_give_the_data_are_refused(long[] dims)
    {
        Assert.ThrowsAny<ArgumentException>(() => new Tensor(ElementType.Float32, dims, new byte[8]));
    }

    [Fact]
    public void A_dimension_of_zero_makes_an_empty_tensor()
    {
        Assert.Empty(new Tensor(ElementType.Float32, [long.MaxValue, 0], default).ToFloats());
    }

    [Fact]
    public void A_reshaped_tensor_has_the_same_elements()
    {
        Tensor tensor = Tensor.Of([2, 2], (float[])[1, 2, 3, 4]).Reshape(4, 1);
        Assert.Equal([4L, 1], tensor.Dims.ToArray());
        Assert.Equal([1f, 2, 3, 4], tensor.ToFloats());
    }
}
