using Edge.Audio;

namespace Edge.Tests.Audio;

public class SkipTableTests
{
    [Fact]
    public void Skips_add_up_from_their_places_on()
    {
        var table = new SkipTable();
        Assert.Equal(0, table.Before(long.MaxValue));
        table.Add(100, 7);
        table.Add(300, 20);
        Assert.Equal([0, 7, 7, 27, 27], ((long[])[99, 100, 299, 300, 10_000]).Select(table.Before));
    }

    [Fact]
    public void Many_skips_keep_the_newest_places_and_the_sum()
    {
        var table = new SkipTable();
        for (int i = 1; i <= 1_000; i++)
        {
            table.Add(i * 10, 1);
        }

        Assert.Equal([1_000, 999, 950], ((long[])[10_000, 9_999, 9_500]).Select(table.Before));
        Assert.Equal(936, table.Before(50)); // forgotten: the sum before the oldest place that is known
    }
}
