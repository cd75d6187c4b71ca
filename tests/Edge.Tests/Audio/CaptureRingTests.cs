using Edge.Audio;

namespace Edge.Tests.Audio;

public class CaptureRingTests
{
    [Fact]
    public void Samples_and_gaps_come_out_in_the_order_in_which_they_went_in()
    {
        var ring = new CaptureRing(16);
        Assert.True(ring.Write([1, 2, 3, 4]));
        Assert.True(ring.WriteZeros(1_000)); // more than the ring holds
        Assert.True(ring.Write([5, 6]));
        Assert.True(ring.WriteZeros(2));
        Assert.True(ring.WriteZeros(2));
        Assert.Equal([1, 2, 3, 4, .. new short[1_000], 5, 6, 0, 0, 0, 0], Read(ring, 1_010, 7));
    }

    [Fact]
    public void Only_whole_frames_are_read()
    {
        var ring = new CaptureRing(16);
        ring.Write([1, 2, 3, 4, 5, 6]);
        Assert.Equal([3, 3], [ring.Read(new short[5], 3), ring.Read(new short[4], 3)]);
    }

    [Fact]
    public void Everything_arrives_from_one_thread_to_another()
    {
        const int Count = 200_000;
        var ring = new CaptureRing(64);
        var random = new Random(5);
        var writer = new Thread(() =>
        {
            for (int i = 1, piece; i <= Count; i += piece)
            {
                piece = Math.Min(random.Next(1, 100), Count + 1 - i);
                ring.Write([.. Enumerable.Range(i, piece).Select(n => (short)(n | 1))]); // never 0
                ring.WriteZeros(1);
            }
        });
        writer.Start();
        int next = 1;
        var buffer = new short[37];
        while (next <= Count)
        {
            int count = ring.Read(buffer, 1);
            foreach (short sample in buffer.AsSpan(0, count))
            {
                if (sample != 0)
                {
                    Assert.Equal((short)(next++ | 1), sample);
                }
            }
        }

        Assert.Equal(1, ring.Read(buffer, 1)); // the last gap
        writer.Join();
    }

    [Fact]
    public void The_end_wakes_both_sides()
    {
        var ring = new CaptureRing(4);
        int read = -1;
        bool written = true;
        var reader = new Thread(() => read = ring.Read(new short[4], 1));
        reader.Start();
        Assert.True(SpinWait.SpinUntil(() => reader.ThreadState.HasFlag(ThreadState.WaitSleepJoin), 10_000));
        ring.End();
        Assert.True(reader.Join(10_000));
        var full = new CaptureRing(4);
        var writer = new Thread(() => written = full.Write(new short[9]));
        writer.Start();
        Assert.True(SpinWait.SpinUntil(() => writer.ThreadState.HasFlag(ThreadState.WaitSleepJoin), 10_000));
        full.End();
        Assert.True(writer.Join(10_000));
        Assert.Equal((0, false, false), (read, written, full.Pause(1)));
    }

    private static short[] Read(CaptureRing ring, int count, int piece)
    {
        List<short> all = [];
        var buffer = new short[piece];
        while (all.Count < count)
        {
            all.AddRange(buffer.AsSpan(0, ring.Read(buffer, 1)));
        }

        return [.. all];
    }
}
