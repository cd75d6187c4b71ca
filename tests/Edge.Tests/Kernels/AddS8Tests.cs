using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class AddS8Tests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 1)]
    [InlineData(5, 1)]
    [InlineData(1, 6)]
    [InlineData(7, 3)]
    [InlineData(16, 4)]
    [InlineData(33, 2)]
    [InlineData(53, 3)]
    public void Variants_give_the_bits_of_the_reference(int shorter, int repeats)
    {
        var random = new Random(shorter);
        foreach (Pattern pattern in Patterns.All)
        {
            for (int round = 0; round < 50; round++)
            {
                (sbyte[] a, sbyte[] b, AddParameters parameters) = (random.Int8s(shorter * repeats, pattern), random.Int8s(shorter), SumOracle.AnyParameters(random));
                (sbyte[] expected, sbyte[] output) = (new sbyte[a.Length], new sbyte[a.Length]);
                AddS8.Reference(a, b, parameters, expected);
                AddS8.RunVector128(a, b, parameters, output);
                Assert.Equal(expected, output);
                if (InstructionSet.IsSupported(KernelSet.Avx512) && parameters.OutputScale.Rounding == Rounding.Once)
                {
                    output = new sbyte[a.Length];
                    AddS8.RunAvx512(a, b, parameters, output);
                    Assert.Equal(expected, output);
                }
            }
        }
    }

    [Fact]
    public void Reference_is_the_specification_in_exact_arithmetic()
    {
        var random = new Random(1);
        for (int round = 0; round < 2_000; round++)
        {
            AddParameters p = SumOracle.AnyParameters(random);
            sbyte[] output = new sbyte[1];
            (sbyte a, sbyte b) = (random.Int8s(1)[0], random.Int8s(1)[0]);
            AddS8.Reference([a], [b], p, output);
            Assert.Equal(SumOracle.Compute(a, b, 1, p), output[0]);
        }
    }

    /// <summary>The figure in ARITHMETIC.md: the sum differs from the real one by the last rounding and 2^-8 at most.</summary>
    [Theory]
    [InlineData(Rounding.Twice)]
    [InlineData(Rounding.Once)]
    public void Result_is_the_real_sum_rounded(Rounding rounding) => Assert.InRange(SumOracle.WorstError(AddS8.Reference, 1, rounding), 0, 0.5 + 1.0 / 256);
}
