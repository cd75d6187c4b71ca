namespace Edge.Quantization.Graph;

/// <summary>A value that a model keeps from one step to the next.</summary>
/// <param name="Input">The value as the step reads it; no node makes it and it is none of the graph's inputs.</param>
/// <param name="Output">The value that the step leaves, of the same type and shape: the next step's input.</param>
/// <param name="Initial">What the first step reads; null where that is all zeros.</param>
public sealed record GraphState(string Input, string Output, Tensor? Initial);
