using Edge.Inference.Kernels;
using Edge.Numerics;

namespace Edge.Tests.Kernels;

public class MatrixVectorS16Tests
{
    public static TheoryData<int, int> Sizes { get; } = new() { { 1, 1 }, { 3, 7 }, { 4, 8 }, { 5, 33 }, { 8, 16 }, { 31, 31 }, { 64, 64 }, { 66, 97 } };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Every_variant_gives_the_bits_of_the_reference(int rows, int depth)
    {
        var random = new Random(rows);
        short[] vector = Shorts(random, depth), matrix = Shorts(random, rows * depth);
        (int[] expected, int[] sums) = (new int[rows], new int[rows]);
        MatrixVectorS16.Reference(vector, matrix, expected);
        MatrixVectorS16.RunVector128(vector, matrix, sums);
        Assert.Equal(expected, sums);
        if (InstructionSet.IsSupported(KernelSet.Avx2))
        {
            MatrixVectorS16.RunAvx2(vector, matrix, sums);
            Assert.Equal(expected, sums);
        }

        if (InstructionSet.IsSupported(KernelSet.Avx512))
        {
            MatrixVectorS16.RunAvx512(vector, matrix, sums);
            Assert.Equal(expected, sums);
        }
    }

    private static short[] Shorts(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (short)random.Next(-32_767, 32_768))];
}
