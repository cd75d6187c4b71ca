using Edge.Inference.Kernels;

namespace Edge.Tests.Kernels;

public class MoveS8Tests
{
    [Fact]
    public void A_box_goes_element_by_element_where_the_indices_say()
    {
        var random = new Random(1);
        for (int round = 0; round < 500; round++)
        {
            int[] box = Ints(random, 1, 4);
            (int[] begin, int[] stride, int[] at) = (Ints(random, 0, 3), Ints(random, 1, 4), Ints(random, 0, 3));
            int[] sourceShape = [.. Enumerable.Range(0, 4).Select(d => begin[d] + (box[d] - 1) * stride[d] + 1 + random.Next(3))];
            int[] destinationShape = [.. Enumerable.Range(0, 4).Select(d => at[d] + box[d] + random.Next(3))];
            sbyte[] source = random.Int8s(Product(sourceShape));
            sbyte[] destination = random.Int8s(Product(destinationShape));
            sbyte[] expected = [.. destination];
            foreach ((int i, int j, int k, int l) in Indices(box))
            {
                expected[Flat(destinationShape, at[0] + i, at[1] + j, at[2] + k, at[3] + l)] =
                    source[Flat(sourceShape, begin[0] + i * stride[0], begin[1] + j * stride[1], begin[2] + k * stride[2], begin[3] + l * stride[3])];
            }

            MoveS8.Box(source, sourceShape, begin, stride, destination, destinationShape, at, box);
            Assert.Equal(expected, destination);
        }
    }

    private static int[] Ints(Random random, int min, int end) => [.. Enumerable.Range(0, 4).Select(_ => random.Next(min, end))];

    private static int Product(int[] shape) => shape.Aggregate((a, b) => a * b);

    private static int Flat(int[] shape, int i, int j, int k, int l) => ((i * shape[1] + j) * shape[2] + k) * shape[3] + l;

    private static IEnumerable<(int I, int J, int K, int L)> Indices(int[] box) =>
        from i in Enumerable.Range(0, box[0])
        from j in Enumerable.Range(0, box[1])
        from k in Enumerable.Range(0, box[2])
        from l in Enumerable.Range(0, box[3])
        select (i, j, k, l);
}
