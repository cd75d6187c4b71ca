using Edge.Hosting.Listening;

namespace Edge.Hosting.Tests.Listening;

public class PastSoundTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10)]
    [InlineData(23)]
    public void The_newest_samples_can_be_read_however_they_came(int block)
    {
        var past = new PastSound(8_000, capacity: 10);
        short[] all = [.. Enumerable.Range(0, 100).Select(i => (short)i)];
        for (int i = 0; i < all.Length; i += block)
        {
            past.Append(all.AsSpan(i, Math.Min(block, all.Length - i)));
        }

        Assert.Equal((90, 100), (past.Start, past.End));
        var read = new List<short>();
        for (long at = past.Start; at < past.End;)
        {
            ReadOnlySpan<short> part = past.Read(at, past.End);
            read.AddRange(part);
            at += part.Length;
        }

        Assert.Equal(all[90..], read);
    }

    [Fact]
    public void Times_and_samples_are_each_other_s_inverse()
    {
        var past = new PastSound(44_100, capacity: 1);
        foreach (long sample in new[] { 0L, 1, 44_099, 44_100, 1_000_000_007, 44_100L * 86_400 * 400 })
        {
            Assert.Equal(sample, past.SampleAt(past.TimeOf(sample)));
        }
    }
}
