using Edge.Quantization.Analysis.Comparison;

namespace Edge.Quantization.Tests.Analysis.Comparison;

public class AxisAlignmentTests
{
    [Fact]
    public void Channels_are_brought_to_where_the_graph_has_them()
    {
        float[] plan = [1, 2, 3, 4, 5, 6]; // [1, time 2, 1, channels 3]
        float[] graph = [1, 4, 2, 5, 3, 6]; // [1, channels 3, time 2]
        Assert.True(new AxisAlignment().TryAlign("v", graph, [1, 3, 2], plan, [1, 2, 1, 3], out ReadOnlySpan<float> aligned));
        Assert.Equal(graph, aligned.ToArray());
    }

    [Fact]
    public void Axes_of_one_size_are_told_apart_by_their_elements_once()
    {
        var alignment = new AxisAlignment();
        float[] graph = [1, 2, 3, 4];
        Assert.True(alignment.TryAlign("v", graph, [1, 2, 2], [1, 3, 2, 4.1f], [1, 2, 1, 2], out ReadOnlySpan<float> aligned));
        Assert.Equal([1, 2, 3, 4.1f], aligned.ToArray());

        // A later sample that would fit better the other way keeps the order.
        Assert.True(alignment.TryAlign("v", graph, [1, 2, 2], graph, [1, 2, 1, 2], out aligned));
        Assert.Equal([1, 3, 2, 4], aligned.ToArray());
    }

    [Fact]
    public void Four_axes_in_any_order_are_found()
    {
        int[] shape = [2, 3, 4, 5];
        float[] values = [.. Enumerable.Range(0, 120).Select(i => (float)i)];
        var moved = new float[120];
        for (int a = 0, i = 0; a < 2; a++)
        {
            for (int b = 0; b < 3; b++)
            {
                for (int c = 0; c < 4; c++)
                {
                    for (int d = 0; d < 5; d++, i++)
                    {
                        moved[((d * 4 + c) * 2 + a) * 3 + b] = values[i]; // [5, 4, 2, 3]
                    }
                }
            }
        }

        Assert.True(new AxisAlignment().TryAlign("v", values, shape, moved, [5, 4, 2, 3], out ReadOnlySpan<float> aligned));
        Assert.Equal(values, aligned.ToArray());
    }

    [Fact]
    public void Other_sizes_do_not_match() => Assert.False(new AxisAlignment().TryAlign("v", new float[6], [1, 3, 2], new float[6], [1, 6], out _));
}
