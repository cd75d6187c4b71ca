using Edge.Inference;
using Edge.Inference.Operators;

namespace Edge.Tests.Inference.Operators;

/// <summary>Frames of sound are 1, 2, 3 …; what comes before and behind them is padding, -7 here, and must be kept as the zero point, 9.</summary>
public class StreamClockTests
{
    private const int Zero = 9;
    private const int Padding = -7;

    /// <summary>Delay, frames of a step, frames of sound: delays of whole steps and others, sounds shorter than the delay, none at all.</summary>
    public static TheoryData<int, int, int> Cases
    {
        get
        {
            var cases = new TheoryData<int, int, int>();
            foreach (int delay in (int[])[0, 1, 2, 3, 5, 8])
            {
                foreach (int step in (int[])[1, 2, 3, 4])
                {
                    foreach (int sound in (int[])[0, 1, 2, 3, 4, 7, 12, 13])
                    {
                        cases.Add(delay, step, sound);
                    }
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_history_keeps_the_frames_of_the_sound_and_nothing_else(int delay, int step, int sound)
    {
        Session session = File(delay, step).Load().CreateSession();
        for (int round = 0; round < 2; round++)
        {
            sbyte[] kept = Stream(session, delay, step, sound);
            sbyte[] expected = [.. Enumerable.Range(0, kept.Length).Select(i => i >= delay && i < delay + sound ? (sbyte)(i - delay + 1) : (sbyte)Zero)];
            Assert.Equal(expected, kept);
            session.Reset();
        }
    }

    [Fact]
    public void A_sound_that_has_ended_does_not_end_again()
    {
        Session session = File(2, 1).Load().CreateSession();
        Step(session, 1);
        session.End();
        Assert.Equal(Zero, Step(session, 1));
        session.End();
        Assert.Equal(3, Step(session, 3));
        Assert.Equal(Zero, Step(session, 4));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    public void A_sound_ends_inside_the_next_step(int frames)
    {
        Session session = File(2, 3).Load().CreateSession();
        Assert.Throws<ArgumentOutOfRangeException>(() => session.End(frames));
    }

    [Fact]
    public void What_stands_for_padding_can_be_chosen()
    {
        EdgeFile file = File(1, 1);
        file.Plan["operators"]![0]!["fill"] = -128;
        Session session = file.Load().CreateSession();
        Assert.Equal(-128, Step(session, 5));
        Assert.Equal(1, Step(session, 1));
        AssertFault(f => f.Plan["operators"]![0]!["fill"] = 128, "fill is 128; expected a whole number from -128 to 127");
    }

    [Fact]
    public void A_model_says_in_which_unit_a_sound_may_end()
    {
        Assert.Equal(1, File(1, 6).Load().EndFrames);
        EdgeFile file = Networks.Ahead();
        Assert.Equal(2, file.Load().EndFrames);
        Assert.Equal(1, Networks.Streaming().Load().EndFrames);
    }

    [Fact]
    public void Before_version_4_a_delay_is_no_attribute()
    {
        EdgeFile file = File(2, 1);
        file.Metadata["version"] = "3";
        file.Plan["delaySteps"] = -1;
        Assert.Contains(file.Faults(), f => f.Contains("has 1 inputs and 2 outputs; expected 1 and 1", StringComparison.Ordinal));
        file.Plan["operators"]![0]!["outputs"]!.AsArray().RemoveAt(1);
        Session session = file.Load().CreateSession();
        Assert.Equal(1, Step(session, 1));
        Assert.Equal(0, session.Model.DelaySteps);
    }

    [Fact]
    public void A_delay_out_of_range_or_a_clock_that_is_none_is_a_fault()
    {
        AssertFault(f => f.Plan["operators"]![0]!["delay"] = StreamClock.MaxDelay + 1, "delay is 65537; expected a whole number from 0 to 65536");
        AssertFault(f => f.Plan["operators"]![0]!["delay"] = -1, "delay is -1");
        AssertFault(f => f.Plan["delaySteps"] = -1, "delaySteps is -1; expected a whole number from 0 to 65536");
        AssertFault(f => f.Plan["tensors"]![2]!["at"] = "arena", "writes 'clock', which is no state");
        AssertFault(f => f.Plan["tensors"]![2]!["type"] = "int16", "has the state 'clock' of type int16; expected int32");
        AssertFault(f => f.Plan["tensors"]![2]!["shape"] = EdgeFile.Numbers(1), "has 'clock' of shape [1]; expected [2]");
        AssertFault(f => f.Plan["tensors"]![2]!["zeroPoint"] = 1, "has the clock 'clock' with zero point 1; expected 0");
        AssertFault(f => f.Plan["operators"]![0]!["outputs"] = EdgeFile.Numbers(1), "has 1 inputs and 1 outputs; expected 1 and 2");
    }

    private static void AssertFault(Action<EdgeFile> spoil, string expected)
    {
        EdgeFile file = File(2, 1);
        spoil(file);
        Assert.Contains(file.Faults(), f => f.Contains(expected, StringComparison.Ordinal));
    }

    private static EdgeFile File(int delay, int step)
    {
        var file = new EdgeFile();
        int x = file.Arena("x", [1, step, 1], Zero);
        int state = file.State("s", [1, step + 1, 1], Zero);
        return file.Operator("history", [x], [state, file.Clock("clock")], new() { ["delay"] = delay }).Ends(x, state);
    }

    /// <summary>A sound through an operator that it reaches with a delay, until everything has come; what the history kept, frame by frame.</summary>
    private static sbyte[] Stream(Session session, int delay, int step, int sound)
    {
        var kept = new List<sbyte>();
        for (int frame = 0; frame < delay + sound + 2 * step; frame += step)
        {
            if (frame == sound / step * step)
            {
                session.End(sound % step);
            }

            for (int i = 0; i < step; i++)
            {
                int from = frame + i - delay;
                session.Input[i] = from >= 0 && from < sound ? (sbyte)(from + 1) : (sbyte)Padding;
            }

            session.Step();
            kept.AddRange(session.Output[^step..]);
        }

        return [.. kept];
    }

    private static sbyte Step(Session session, sbyte frame)
    {
        session.Input[0] = frame;
        session.Step();
        return session.Output[^1];
    }
}
