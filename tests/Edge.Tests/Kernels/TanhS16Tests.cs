using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Edge.Inference.Kernels;

namespace Edge.Tests.Kernels;

public class TanhS16Tests
{
    private static readonly short[] All = [.. Enumerable.Range(short.MinValue, 1 << 16).Select(v => (short)v)];

    /// <summary>Integer bits, and the SHA-256 of what gemmlowp's own code (commit 16e8662, compiled with g++) gives for -32768 to 32767, int16 little-endian.</summary>
    public static TheoryData<int, string> Gemmlowp { get; } = new()
    {
        { 0, "7dfff607d0ea23f26e97381570dc526c09e7e35712bb5189e3446a74c40195fd" },
        { 1, "fb776c014fac7629065f2a77399d275a8aaf30392a9fbe0199d7218f3a06e0e4" },
        { 2, "ad9e4552d55f09f5540bf0bffc1b4ed83c2c7ce5d77cb51fef2e900d4e4147ba" },
        { 3, "6d2c95677d4eb6e25f2c8bec6e3135082a0f64cdde758d75414b7c1de542115f" },
        { 4, "22e8b026529f39771f93c8fb7ecff865c9e75fca5923a2a8e63c21380d6be4e0" },
        { 5, "4aad698c1ba273d4966d2b3cc31fa76d30322d1f05339bc5626965be88d5e904" },
        { 6, "fd771a11c73c2d1390c3b8289e6c61c290d6c399bdf63a79f1d09a49b53af09f" },
    };

    [Theory]
    [MemberData(nameof(Gemmlowp))]
    public void Every_value_is_that_of_gemmlowp(int integerBits, string hash)
    {
        var values = new short[All.Length];
        TanhS16.Reference(All, integerBits, values);
        Assert.Equal(hash, Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<short>(values))));
    }

    [Theory]
    [MemberData(nameof(Gemmlowp))]
    public void Vector128_gives_the_bits_of_the_reference(int integerBits, string hash)
    {
        var values = new short[All.Length];
        TanhS16.RunVector128(All, integerBits, values);
        Assert.Equal(hash, Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<short>(values))));
        short[] expected = values[4321..4330];
        TanhS16.RunVector128(All.AsSpan(4321, 9), integerBits, values.AsSpan(0, 9));
        Assert.Equal(expected, values[..9]);
    }

    /// <summary>The figure in ARITHMETIC.md, in steps of 2^-15.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Result_is_the_exact_tanh_within_the_bound(int integerBits)
    {
        var values = new short[All.Length];
        TanhS16.Reference(All, integerBits, values);
        double worst = All.Zip(values, (a, y) => Math.Abs(y - 32768 * Math.Tanh(a / Math.Pow(2, 15 - integerBits)))).Max();
        TestContext.Current.TestOutputHelper!.WriteLine($"{integerBits} integer bits: at most {worst:0.00} steps of 2^-15");
        Assert.InRange(worst, 0, 12.1);
    }
}
