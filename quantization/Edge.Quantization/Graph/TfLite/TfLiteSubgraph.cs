namespace Edge.Quantization.Graph.TfLite;

/// <summary>One graph of a model: operators in order of execution over a list of tensors.</summary>
/// <param name="Name">Its name, which may be empty.</param>
/// <param name="Tensors">All tensors.</param>
/// <param name="Inputs">Tensors that are given, by index.</param>
/// <param name="Outputs">Tensors that are the result, by index.</param>
/// <param name="Operators">All operators; each reads what is given, constant, variable, or made by one before it.</param>
internal sealed record TfLiteSubgraph(
    string Name, IReadOnlyList<TfLiteTensor> Tensors, int[] Inputs, int[] Outputs, IReadOnlyList<TfLiteOperator> Operators);
