using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Edge.Inference.Operators;

namespace Edge.Inference;

/// <summary>One stream through a model: its states and arena in one block. Not thread-safe; nothing is allocated after construction.</summary>
public sealed class Session
{
    private const int Alignment = 64;

    private readonly Operator[] operators;
    private readonly State[] states;
    private readonly byte[] block; // pinned, so that its alignment holds
    private readonly int start;
    private readonly int memoryBytes;
    private readonly int scratchStart;
    private readonly int scratchBytes;

    internal Session(Model model)
    {
        Model = model;
        operators = model.Steps;
        states = model.States;
        memoryBytes = model.MemoryBytes;
        scratchBytes = model.ScratchBytes;
        int scratchOffset = (memoryBytes + Alignment - 1) & -Alignment;
        block = GC.AllocateArray<byte>(Alignment + scratchOffset + scratchBytes, pinned: true);
        start = FirstAligned(block);
        scratchStart = start + scratchOffset;
        Reset();
    }

    /// <summary>The model.</summary>
    public Model Model { get; }

    /// <summary>
    /// Where the next step's input goes, in the model's scale and zero point: the newest frames, [1, frames, ..] row by row. Of a model whose input is
    /// int16 these are its bytes; <see cref="InputInt16"/> has its values.
    /// </summary>
    public Span<sbyte> Input => Elements(Model.Input);

    /// <summary>Where the next step's input goes for a model that takes int16, as those that take samples do.</summary>
    /// <exception cref="InvalidOperationException">The model takes int8.</exception>
    public Span<short> InputInt16 => Model.Input.Type == ElementType.Int16
        ? MemoryMarshal.Cast<sbyte, short>(Input)
        : throw new InvalidOperationException($"{Model.Name} takes {Model.Input.Type.Name()}; expected int16.");

    /// <summary>What the last step gave.</summary>
    public ReadOnlySpan<sbyte> Output => Elements(Model.Output);

    /// <summary>Runs the model once on <see cref="Input"/>; its result is <see cref="Output"/>.</summary>
    public void Step()
    {
        Span<byte> memory = block.AsSpan(start, memoryBytes);
        Span<byte> scratch = block.AsSpan(scratchStart, scratchBytes);
        foreach (Operator op in operators)
        {
            op.Run(memory, scratch);
        }
    }

    /// <summary>Runs the model once as <see cref="Step()"/> does and shows every tensor, as states and arena hold it right after its operator ran.</summary>
    /// <param name="visitor">Called for everything an operator writes, its result first, in the plan's order; the input, which no operator writes, is not among them.</param>
    public void Step(TensorVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        Span<byte> memory = block.AsSpan(start, memoryBytes);
        Span<byte> scratch = block.AsSpan(scratchStart, scratchBytes);
        foreach (Operator op in operators)
        {
            op.Run(memory, scratch);
            foreach (TensorInfo output in op.Outputs)
            {
                visitor(output, memory.Slice(output.Offset, output.Bytes));
            }
        }
    }

    /// <summary>Forgets what was heard: every state becomes what the file says it starts as, real zero unless it says otherwise.</summary>
    public void Reset()
    {
        foreach (State state in states)
        {
            state.Reset(block.AsSpan(start + state.Tensor.Offset, state.Tensor.Bytes));
        }
    }

    /// <summary>Says that the sound has ended: what further steps take is padding, until <see cref="Reset"/>. A network that looks ahead needs it to be drained.</summary>
    /// <param name="frames">Frames of the next step that are still sound, from its first on; 0 to one less than a step has. Each operator counts
    /// them in its own frames, rounded down.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="frames"/> is negative or a whole step.</exception>
    /// <remarks>Step <see cref="Model.DelaySteps"/> times more, and the last results are there, as if real zeros lay behind the sound.</remarks>
    public void End(int frames = 0)
    {
        int stepFrames = Model.Input.Shape[1];
        ArgumentOutOfRangeException.ThrowIfNegative(frames);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(frames, stepFrames);
        Span<byte> memory = block.AsSpan(start, memoryBytes);
        foreach (Operator op in operators)
        {
            op.Clock.End(memory, frames, stepFrames);
        }
    }

    /// <summary>Copies the current value of an int8 tensor, for comparing engines tensor by tensor.</summary>
    /// <remarks>An arena tensor's memory is used again by later operators, so only states and the last tensors written survive a step.</remarks>
    internal ReadOnlySpan<sbyte> Elements(string name) => Elements(Model.Tensors.First(t => t.Name == name));

    private static unsafe int FirstAligned(byte[] pinned)
    {
        nint address = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
        return (int)(((address + Alignment - 1) & -Alignment) - address);
    }

    private Span<sbyte> Elements(TensorInfo tensor) => MemoryMarshal.Cast<byte, sbyte>(block.AsSpan(start + tensor.Offset, tensor.Bytes));
}
