namespace Edge.Inference.Operators;

/// <summary>
/// "history": keeps the newest frames of a stream. Input [1, n, ..] is appended to the state [1, m, ..], m ≥ n, whose oldest n frames go.
/// The output is the state. With the attribute delay, frames that are not of the sound are kept as the attribute fill, the zero point where it is absent, and
/// behind the state stands the clock (<see cref="StreamClock"/>).
/// </summary>
internal sealed class History : Operator
{
    private readonly Operand input;
    private readonly Operand state;

    private readonly int frameBytes;
    private readonly sbyte fill; // of int16 states 0, in both bytes

    private History(OperatorBinding binding, StreamClock clock, int fill) : base(binding)
    {
        (input, state) = (binding.InputOperand(0), binding.OutputOperand());
        (frameBytes, this.fill) = (binding.Inputs[0].Bytes / binding.Inputs[0].Shape[1], (sbyte)fill);
        Clock = clock;
    }

    public static Operator? Bind(OperatorBinding b)
    {
        if (!b.RequireArity(1, 1 + StreamClock.States(b)))
        {
            return null;
        }

        (TensorInfo input, TensorInfo state) = (b.Inputs[0], b.Output);
        b.RequireAnyActivation(input);
        b.RequireAnyActivation(state);
        b.RequireSameQuantization(input, state);
        b.Require(state.Storage == TensorStorage.State, $"writes '{state.Name}', which is no state");
        b.Require(
            input.Shape.Length == state.Shape.Length && input.Shape.Length >= 2 && input.Shape[0] == 1 && state.Shape[0] == 1
            && input.Shape[1] <= state.Shape[1] && input.Shape.AsSpan()[2..].SequenceEqual(state.Shape.AsSpan()[2..]),
            $"appends [{string.Join(", ", input.Shape)}] to [{string.Join(", ", state.Shape)}]; all but dimension 1 must agree, and the state be the longer");
        StreamClock clock = StreamClock.Bind(b, b.Sound ? input.Shape[1] : 0);
        int fill = clock.IsPresent && state.Type == ElementType.Int8 ? b.Attribute("fill", sbyte.MinValue, sbyte.MaxValue, state.ZeroPoint) : state.ZeroPoint;
        return b.Sound ? new History(b, clock, fill) : null;
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        // Bytes, whatever the elements: frames lie end to end.
        ReadOnlySpan<sbyte> newest = input.Read(memory);
        Span<sbyte> frames = state.Write(memory);
        frames[newest.Length..].CopyTo(frames);
        Span<sbyte> end = frames[^newest.Length..];
        newest.CopyTo(end);
        (int first, int count) = Clock.Advance(memory);
        end[..(first * frameBytes)].Fill(fill);
        end[((first + count) * frameBytes)..].Fill(fill);
    }
}
