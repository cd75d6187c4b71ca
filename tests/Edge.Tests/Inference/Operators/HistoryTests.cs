using Edge.Inference;
using Edge.Numerics;

namespace Edge.Tests.Inference.Operators;

public class HistoryTests
{
    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Newest_frames_push_the_oldest_out(KernelSet set)
    {
        Session session = File(3).Load(set).CreateSession();
        Assert.Equal([9, 9, 9, 9, 9, 9], Step(session, 9, 9));
        Assert.Equal([9, 9, 9, 9, 1, 2], Step(session, 1, 2));
        Assert.Equal([9, 9, 1, 2, 3, 4], Step(session, 3, 4));
        Assert.Equal([1, 2, 3, 4, 5, 6], Step(session, 5, 6));
        Assert.Equal([3, 4, 5, 6, 7, 8], Step(session, 7, 8));
    }

    [Fact]
    public void A_history_shorter_than_its_input_is_a_fault()
    {
        EdgeFile file = File(3);
        file.Plan["tensors"]![0]!["shape"]![1] = 4;
        file.Plan["memoryBytes"] = 32;
        Assert.Contains(file.Faults(), f => f.Contains("appends [1, 4, 2] to [1, 3, 2]", StringComparison.Ordinal));
    }

    [Fact]
    public void A_history_in_the_arena_is_a_fault()
    {
        EdgeFile file = File(3);
        file.Plan["tensors"]![1]!["at"] = "arena";
        Assert.Contains(file.Faults(), f => f.Contains("writes 's', which is no state", StringComparison.Ordinal));
    }

    private static EdgeFile File(int frames)
    {
        var file = new EdgeFile();
        int x = file.Arena("x", [1, 1, 2], 9);
        int state = file.State("s", [1, frames, 2], 9);
        return file.Operator("history", [x], state).Ends(x, state);
    }

    private static sbyte[] Step(Session session, params sbyte[] frame)
    {
        frame.CopyTo(session.Input);
        session.Step();
        return session.Output.ToArray();
    }
}
