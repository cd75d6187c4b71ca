using System.Runtime.InteropServices;

namespace Edge.Inference.Operators;

/// <summary>
/// Tells an operator which frames of a step are of the sound: what stands <c>delay</c> frames behind the input holds nothing real in its first
/// frames, and nothing real behind the sound's last.
/// </summary>
/// <remarks>
/// The attribute "delay" and, behind the operator's other outputs, a state int32 [2]: frames that have come since the reset, up to the delay; and 0
/// while the sound goes on, else 1 + the frames that still come before the first that lies behind its end. Without the attribute there is no state,
/// and every frame is real. A state that holds anything else, as a spoilt file may bring about, gives a range inside the step all the same.
/// </remarks>
internal readonly struct StreamClock
{
    /// <summary>The largest delay, in frames.</summary>
    public const int MaxDelay = 65_536;

    private readonly Operand state;
    private readonly int delay;

    private StreamClock(Operand state, int delay, int frames, bool present) =>
        (this.state, this.delay, Frames, IsPresent) = (state, delay, frames, present);

    /// <summary>Whether the operator keeps a clock.</summary>
    public bool IsPresent { get; }

    /// <summary>Frames that a step brings the operator.</summary>
    public int Frames { get; }

    /// <summary>States that the operator being bound has for its clock: 1 where it has the attribute "delay", else 0.</summary>
    public static int States(OperatorBinding b) => b.Version >= 4 && b.Has("delay") ? 1 : 0;

    /// <summary>Reads the attribute and checks the state, the last output; every frame is real where the attribute is absent.</summary>
    /// <param name="b">The operator being bound; its arity has been checked with <see cref="States"/>.</param>
    /// <param name="frames">Frames that a step brings it.</param>
    public static StreamClock Bind(OperatorBinding b, int frames)
    {
        if (States(b) == 0)
        {
            return new StreamClock(default, 0, frames, present: false);
        }

        int delay = b.Attribute("delay", 0, MaxDelay);
        TensorInfo clock = b.Outputs[^1];
        b.RequireState(clock, ElementType.Int32, 2);
        b.Require(clock.ZeroPoint == 0, $"has the clock '{clock.Name}' with zero point {clock.ZeroPoint}; expected 0");
        return new StreamClock(b.OutputOperand(b.Outputs.Length - 1), delay, frames, present: true);
    }

    /// <summary>Counts a step.</summary>
    /// <returns>The step's frames that are of the sound: <c>Count</c> of them, from <c>First</c> on.</returns>
    public (int First, int Count) Advance(Span<byte> memory)
    {
        if (!IsPresent)
        {
            return (0, Frames);
        }

        Span<int> clock = MemoryMarshal.Cast<sbyte, int>(state.Write(memory));
        (int since, int rest) = (Math.Clamp(clock[0], 0, delay), Math.Max(clock[1], 0));
        int first = Math.Min(delay - since, Frames);
        int end = rest == 0 ? Frames : Math.Clamp(rest - 1, first, Frames);
        clock[0] = (int)Math.Min((long)since + Frames, delay);
        clock[1] = rest == 0 ? 0 : Math.Max(rest - Frames, 1);
        return (first, end - first);
    }

    /// <summary>The sound ends; where it has ended already nothing changes.</summary>
    /// <param name="memory">The session's tensors.</param>
    /// <param name="numerator">Frames of the next step's input that are still sound, of <paramref name="denominator"/>.</param>
    /// <param name="denominator">Frames of a step's input.</param>
    public void End(Span<byte> memory, int numerator, int denominator)
    {
        if (!IsPresent)
        {
            return;
        }

        Span<int> clock = MemoryMarshal.Cast<sbyte, int>(state.Write(memory));
        if (clock[1] == 0)
        {
            clock[1] = 1 + delay + (int)((long)Frames * numerator / denominator);
        }
    }
}
