using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Edge.Inference.Kernels;

namespace Edge.Tests.Kernels;

public class LogisticS16Tests
{
    /// <summary>SHA-256 of what gemmlowp's own code (commit 16e8662, compiled with g++) gives for -32768 to 32767, int16 little-endian.</summary>
    private const string Gemmlowp = "44168980e98373fcf68adda21fdb4d006b79a4ca14df0269ff958e49f9fa6062";

    private static readonly short[] All = [.. Enumerable.Range(short.MinValue, 1 << 16).Select(v => (short)v)];

    [Fact]
    public void Every_value_is_that_of_gemmlowp()
    {
        short[] values = [.. All];
        LogisticS16.Reference(values);
        Assert.Equal(Gemmlowp, Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<short>(values))));
    }

    [Fact]
    public void Vector128_gives_the_bits_of_the_reference()
    {
        (short[] expected, short[] values) = ([.. All], [.. All]);
        LogisticS16.Reference(expected);
        LogisticS16.RunVector128(values);
        Assert.Equal(expected, values);
        foreach (int length in (int[])[1, 7, 9])
        {
            values = All[1234..(1234 + length)];
            LogisticS16.RunVector128(values);
            Assert.Equal(expected[1234..(1234 + length)], values);
        }
    }

    /// <summary>The figure in ARITHMETIC.md, in steps of 2^-15.</summary>
    [Fact]
    public void Result_is_the_exact_logistic_within_the_bound()
    {
        short[] values = [.. All];
        LogisticS16.Reference(values);
        double worst = All.Zip(values, (a, y) => Math.Abs(y - 32768 / (1 + Math.Exp(-a / 4096.0)))).Max();
        TestContext.Current.TestOutputHelper!.WriteLine($"at most {worst:0.00} steps of 2^-15");
        Assert.InRange(worst, 0, 6.4);
    }
}
