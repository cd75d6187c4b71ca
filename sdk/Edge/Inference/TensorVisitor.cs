namespace Edge.Inference;

/// <summary>Receives a tensor of a session right after the operator that wrote it.</summary>
/// <param name="tensor">Which tensor: name, shape, scale.</param>
/// <param name="elements">Its elements, row-major, little-endian; the memory is used again when the call returns.</param>
public delegate void TensorVisitor(TensorInfo tensor, ReadOnlySpan<byte> elements);
