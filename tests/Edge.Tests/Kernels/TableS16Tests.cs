using Edge.Inference.Kernels;

namespace Edge.Tests.Kernels;

public class TableS16Tests
{
    private static readonly short[] All = [.. Enumerable.Range(short.MinValue, TableS16.Entries).Select(v => (short)v)];

    [Fact]
    public void Entry_0_is_for_minus_32768_and_entry_65535_for_32767()
    {
        (short[] output, sbyte[] narrow) = (new short[TableS16.Entries + 1], new sbyte[TableS16.Entries + 1]);
        TableS16.Reference<short>(All, Array.ConvertAll(All, v => (short)~v), output);
        Assert.Equal([.. All.Select(v => (short)~v), 0], output);
        TableS16.Reference<sbyte>(All, Array.ConvertAll(All, v => (sbyte)(v >> 8)), narrow);
        Assert.Equal([.. All.Select(v => (sbyte)(v >> 8)), 0], narrow);
    }

    [Theory]
    [InlineData(TableS16.Entries)]
    [InlineData(7)]
    [InlineData(3)]
    [InlineData(0)]
    public void Four_at_a_time_gives_the_same(int count)
    {
        (short[] input, short[] table) = (All[^count..], Array.ConvertAll(All, v => (short)(v * 7 + 3)));
        sbyte[] narrow = Array.ConvertAll(table, v => (sbyte)(v >> 8));
        (short[] output, sbyte[] narrowOutput) = (new short[count + 1], new sbyte[count + 1]);
        TableS16.Run<short>(input, table, output);
        TableS16.Run<sbyte>(input, narrow, narrowOutput);
        Assert.Equal([.. input.Select(v => (short)(v * 7 + 3)), 0], output);
        Assert.Equal([.. input.Select(v => (sbyte)((short)(v * 7 + 3) >> 8)), 0], narrowOutput);
    }

    [Fact]
    public void Of_int8_entry_0_is_for_minus_128_and_entry_255_for_127()
    {
        sbyte[] inputs = [.. Enumerable.Range(-128, 256).Select(v => (sbyte)v)];
        var output = new short[257];
        TableS16.Reference(inputs, Array.ConvertAll(inputs, v => (short)(-200 * v)), output);
        Assert.Equal([.. inputs.Select(v => (short)(-200 * v)), 0], output);
    }

    [Fact]
    public void A_short_table_is_refused_before_anything_is_written()
    {
        var output = new short[1];
        Assert.Throws<ArgumentOutOfRangeException>(() => TableS16.Reference<short>(new short[1], new short[TableS16.Entries - 1], output));
        Assert.Throws<ArgumentOutOfRangeException>(() => TableS16.Run<short>(new short[4], new short[TableS16.Entries - 1], new short[4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => TableS16.Run<short>(new short[4], new short[TableS16.Entries], new short[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => TableS16.Reference(new sbyte[1], new short[255], output));
        Assert.Throws<ArgumentOutOfRangeException>(() => TableS16.Reference<short>(new short[2], new short[TableS16.Entries], output));
        Assert.Equal([0], output);
    }
}
