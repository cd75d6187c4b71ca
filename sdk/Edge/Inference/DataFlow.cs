namespace Edge.Inference;

/// <summary>Follows a plan's operators in order and notes every read of memory that does not hold what the reader expects.</summary>
internal sealed class DataFlow
{
    private readonly TensorInfo[] memory;
    private readonly HashSet<TensorInfo> valid = new(ReferenceEqualityComparer.Instance);
    private readonly List<string> faults;

    /// <summary>Starts before the first operator: the input and the states hold values.</summary>
    public DataFlow(TensorInfo[] tensors, TensorInfo input, List<string> faults)
    {
        this.faults = faults;
        memory = [.. tensors.Where(t => t.Storage != TensorStorage.Constant)];
        valid.Add(input);
        foreach (TensorInfo state in memory.Where(t => t.Storage == TensorStorage.State))
        {
            valid.Add(state);
            if (memory.FirstOrDefault(t => !ReferenceEquals(t, state) && t.Overlaps(state)) is { } other)
            {
                faults.Add($"plan: state '{state.Name}' shares memory with '{other.Name}'.");
            }
        }
    }

    /// <summary>One operator reads and writes.</summary>
    public void Follow(string place, string kind, TensorInfo[] inputs, TensorInfo[] outputs)
    {
        foreach (TensorInfo input in inputs)
        {
            CheckRead(input, place);
        }

        for (int i = 1; i < outputs.Length; i++)
        {
            if (outputs[..i].FirstOrDefault(o => o.Overlaps(outputs[i])) is { } other)
            {
                faults.Add($"{place} writes '{outputs[i].Name}' over its own result '{other.Name}'.");
            }
        }

        foreach (TensorInfo output in outputs)
        {
            if (output.Storage == TensorStorage.Constant)
            {
                faults.Add($"{place} writes '{output.Name}', a constant.");
                continue;
            }

            // Reshape may leave values where they are; everything else reads while it writes.
            bool inPlace = kind == "reshape" && inputs.Length == 1 && inputs[0].Offset == output.Offset;
            if (!inPlace && inputs.FirstOrDefault(i => i.Overlaps(output)) is { } input)
            {
                faults.Add($"{place} writes '{output.Name}' over its own input '{input.Name}'.");
            }

            valid.RemoveWhere(t => t.Storage == TensorStorage.Arena && t.Overlaps(output));
            valid.Add(output);
        }
    }

    /// <summary>Notes a fault where <paramref name="tensor"/> has not been written, or has been written over.</summary>
    public void CheckRead(TensorInfo tensor, string place)
    {
        if (tensor.Storage != TensorStorage.Constant && !valid.Contains(tensor))
        {
            faults.Add($"{place} reads '{tensor.Name}' before it is written, or after its memory was used for something else.");
        }
    }
}
