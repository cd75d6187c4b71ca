using Edge.Inference.Kernels;

namespace Edge.Tests.Kernels;

public class TableS8Tests
{
    [Fact]
    public void Entry_0_is_for_minus_128_and_entry_255_for_127()
    {
        sbyte[] inputs = [.. Enumerable.Range(-128, 256).Select(v => (sbyte)v)];
        sbyte[] table = [.. inputs.Select(v => (sbyte)~v)];
        var output = new sbyte[256];
        TableS8.Reference(inputs, table, output);
        Assert.Equal(inputs.Select(v => (sbyte)~v), output);
    }

    [Fact]
    public void A_short_table_is_refused_before_anything_is_written() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => TableS8.Reference(new sbyte[1], new sbyte[255], new sbyte[1]));
}
