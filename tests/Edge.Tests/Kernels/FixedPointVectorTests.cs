using System.Runtime.Intrinsics;
using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class VectorFixedPointTests
{
    public static IEnumerable<TheoryDataRow<int>> Shifts => Enumerable.Range(-31, 62).Select(s => new TheoryDataRow<int>(s));

    [Theory]
    [MemberData(nameof(Shifts))]
    public void Vectors_give_the_bits_of_the_scalar_arithmetic(int shift)
    {
        var random = new Random(shift);
        for (int round = 0; round < 200; round++)
        {
            int[] values = round == 0 ? [int.MinValue, int.MaxValue, -1, 0] : [.. Enumerable.Range(0, 4).Select(_ => random.Next() - random.Next())];
            int multiplier = random.Multiplier();
            Vector128<int> once = VectorFixedPoint.MultiplyRoundingOnce(Vector128.Create<int>(values), multiplier, shift);
            Vector128<int> scaled = VectorFixedPoint.MultiplyByQuantizedMultiplier(Vector128.Create<int>(values), multiplier, shift);
            for (int i = 0; i < 4; i++)
            {
                Assert.Equal(FixedPoint.MultiplyByQuantizedMultiplier(values[i], multiplier, shift), scaled[i]);
                Assert.Equal(FixedPoint.MultiplyRoundingOnce(values[i], multiplier, shift), once[i]);
            }
        }
    }

    [Fact]
    public void Loading_widens_and_storing_clamps_four_values()
    {
        sbyte[] source = [1, -128, 127, -1, 5, 99];
        Vector128<int> four = Int8Lanes.Load4(ref source[0], 1);
        Assert.Equal(Vector128.Create(-128, 127, -1, 5), four);

        var destination = new sbyte[6];
        Int8Lanes.Store4(Vector128.Create(-100_000, 100_000, -1, 5), -128, 3, ref destination[0], 1);
        Assert.Equal([0, -128, 3, -1, 3, 0], destination);
    }
}
