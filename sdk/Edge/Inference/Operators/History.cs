namespace Edge.Inference.Operators;

/// <summary>
/// "history": keeps the newest frames of a stream. Input [1, n, ..] is appended to the state [1, m, ..], m ≥ n, whose oldest n frames go.
/// The output is the state.
/// </summary>
internal sealed class History : Operator
{
    private readonly Operand input;
    private readonly Operand state;

    private History(OperatorBinding binding) : base(binding) => (input, state) = (binding.InputOperand(0), binding.OutputOperand());

    public static Operator? Bind(OperatorBinding b)
    {
        if (!b.RequireArity(1))
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
        return b.Sound ? new History(b) : null;
    }

    public override void Run(Span<byte> memory, Span<byte> scratch)
    {
        // Bytes, whatever the elements: frames lie end to end.
        ReadOnlySpan<sbyte> newest = input.Read(memory);
        Span<sbyte> frames = state.Write(memory);
        frames[newest.Length..].CopyTo(frames);
        newest.CopyTo(frames[^newest.Length..]);
    }
}
