using System.Runtime.Intrinsics.X86;
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
    public void Variants_give_the_bits_of_the_reference()
    {
        var random = new Random(1);
        foreach (int length in (int[])[0, 1, 31, 32, 33, 63, 64, 65, 200, 1_000])
        {
            (sbyte[] input, sbyte[] table) = (random.Int8s(length), random.Int8s(256));
            (sbyte[] expected, sbyte[] output) = (new sbyte[length], new sbyte[length + 1]);
            TableS8.Reference(input, table, expected);
            if (Avx2.IsSupported)
            {
                TableS8.RunAvx2(input, table, output);
                Assert.Equal([.. expected, 0], output);
            }

            if (Avx512Vbmi.IsSupported)
            {
                output = new sbyte[length + 1];
                TableS8.RunAvx512(input, table, output);
                Assert.Equal([.. expected, 0], output);
            }
        }
    }

    [Fact]
    public void A_short_table_is_refused_before_anything_is_written() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => TableS8.Reference(new sbyte[1], new sbyte[255], new sbyte[1]));
}
