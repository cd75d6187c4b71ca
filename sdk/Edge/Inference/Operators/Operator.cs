using System.Runtime.InteropServices;

namespace Edge.Inference.Operators;

/// <summary>One step of a plan, checked and bound to its memory. Immutable: many sessions run it at once, each on its own memory.</summary>
internal abstract class Operator(OperatorBinding binding)
{
    /// <summary>The operator's kind as written in the file, e.g. "convolution".</summary>
    public string Kind { get; } = binding.Kind;

    /// <summary>The tensors it writes: its result, then the states that it keeps.</summary>
    public TensorInfo[] Outputs { get; } = binding.Outputs;

    /// <summary>Its result.</summary>
    public TensorInfo Output => Outputs[0];

    /// <summary>Multiply-accumulates a step costs.</summary>
    public long MultiplyAccumulates { get; protected init; }

    /// <summary>Scratch bytes that <see cref="Run"/> needs; their content does not survive it.</summary>
    public int ScratchBytes { get; protected init; }

    /// <summary>Says which frames of a step are of the sound; of operators that need not know, one that is not present.</summary>
    public StreamClock Clock { get; protected init; }

    /// <summary>Computes the outputs from the inputs.</summary>
    /// <param name="memory">The session's tensors.</param>
    /// <param name="scratch">At least <see cref="ScratchBytes"/>, aligned to 64 bytes.</param>
    public abstract void Run(Span<byte> memory, Span<byte> scratch);
}

/// <summary>Where an operator finds one of its tensors: a constant's bytes or a range of the session's memory.</summary>
internal readonly struct Operand
{
    private readonly ReadOnlyMemory<byte> constant;
    private readonly int offset;
    private readonly int bytes;

    public Operand(TensorInfo tensor, ReadOnlyMemory<byte> file)
    {
        constant = tensor.Storage == TensorStorage.Constant ? file.Slice(tensor.Offset, tensor.Bytes) : default;
        offset = tensor.Storage == TensorStorage.Constant ? -1 : tensor.Offset;
        bytes = tensor.Bytes;
    }

    public ReadOnlySpan<sbyte> Read(Span<byte> memory) =>
        MemoryMarshal.Cast<byte, sbyte>(offset < 0 ? constant.Span : memory.Slice(offset, bytes));

    public Span<sbyte> Write(Span<byte> memory) => MemoryMarshal.Cast<byte, sbyte>(memory.Slice(offset, bytes));
}
