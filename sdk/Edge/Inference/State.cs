using System.Runtime.InteropServices;

namespace Edge.Inference;

/// <summary>A tensor that lives from step to step, and what it holds before the first.</summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="Initial">Its elements then, little-endian; empty where each is the tensor's zero point.</param>
internal sealed record State(TensorInfo Tensor, ReadOnlyMemory<byte> Initial)
{
    /// <summary>Reads the field "initial" of a tensor; null for a tensor that is no state, which must not have the field.</summary>
    /// <param name="section">The tensor's section of the plan.</param>
    /// <param name="tensor">The tensor as it was read.</param>
    /// <param name="tensors">All tensors of the plan.</param>
    /// <param name="file">The file, for the constant's elements.</param>
    public static State? Read(PlanSection section, TensorInfo tensor, TensorInfo[] tensors, ReadOnlyMemory<byte> file)
    {
        if (!section.Has("initial"))
        {
            return WithoutInitial(tensor);
        }

        if (tensor.Storage != TensorStorage.State)
        {
            section.Fault("initial", $"is given, but '{tensor.Name}' is no state; expected at = state");
            return null;
        }

        int index = section.Int32("initial", 0, tensors.Length - 1);
        TensorInfo constant = tensors[index];
        if (constant.Storage != TensorStorage.Constant || constant.Type != tensor.Type || !constant.Shape.AsSpan().SequenceEqual(tensor.Shape))
        {
            section.Fault(
                "initial",
                $"is tensor {index}, {constant.Type.Name()} [{string.Join(", ", constant.Shape)}]; expected a constant of {tensor.Type.Name()} [{string.Join(", ", tensor.Shape)}]");
            return null;
        }

        return new State(tensor, file.Slice(constant.Offset, constant.Bytes));
    }

    /// <summary>A state that starts as its zero point; null for a tensor that is none.</summary>
    public static State? WithoutInitial(TensorInfo tensor) => tensor.Storage == TensorStorage.State ? new State(tensor, default) : null;

    /// <summary>Puts the first value into the tensor's memory.</summary>
    public void Reset(Span<byte> elements)
    {
        if (!Initial.IsEmpty)
        {
            Initial.Span.CopyTo(elements);
            return;
        }

        switch (Tensor.Type)
        {
            case ElementType.Int8:
                elements.Fill(unchecked((byte)Tensor.ZeroPoint));
                break;
            case ElementType.Int16:
                MemoryMarshal.Cast<byte, short>(elements).Fill((short)Tensor.ZeroPoint);
                break;
            default:
                MemoryMarshal.Cast<byte, int>(elements).Fill(Tensor.ZeroPoint);
                break;
        }
    }
}
