using Edge.Inference;

namespace Edge.Quantization.Compilation;

/// <summary>Places a plan's tensors in the session's memory: states side by side, activations over one another where their lives do not meet.</summary>
/// <remarks>Greedy by size, lowest gap first; see Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference" (2020).</remarks>
internal static class MemoryPlanner
{
    private const int Alignment = 16; // one portable vector

    /// <summary>Sets every offset and <see cref="PlanDraft.MemoryBytes"/>.</summary>
    public static void Place(PlanDraft draft)
    {
        int end = 0;
        foreach (DraftTensor state in draft.Tensors.Where(t => t.Storage == TensorStorage.State))
        {
            state.Offset = end;
            end = Align(end + state.Bytes);
        }

        int arena = end;
        var placed = new List<(DraftTensor Tensor, int First, int Last)>();
        IEnumerable<(DraftTensor Tensor, int First, int Last)> lives = draft.Tensors
            .Where(t => t.Storage == TensorStorage.Arena)
            .Select(t => (t, FirstUse(draft, t), LastUse(draft, t)))
            .OrderByDescending(life => life.t.Bytes).ThenBy(life => life.Item2);
        foreach ((DraftTensor tensor, int first, int last) in lives)
        {
            tensor.Offset = LowestGap(tensor, first, last, placed, arena);
            placed.Add((tensor, first, last));
            end = Math.Max(end, Align(tensor.Offset + tensor.Bytes));
        }

        draft.MemoryBytes = end;
    }

    private static int LowestGap(DraftTensor tensor, int first, int last, List<(DraftTensor Tensor, int First, int Last)> placed, int arena)
    {
        int offset = arena;
        foreach ((DraftTensor other, _, _) in placed.Where(p => p.First <= last && first <= p.Last).OrderBy(p => p.Tensor.Offset))
        {
            if (other.Offset >= offset + tensor.Bytes)
            {
                break;
            }

            offset = Math.Max(offset, Align(other.Offset + other.Bytes));
        }

        return offset;
    }

    private static int FirstUse(PlanDraft draft, DraftTensor tensor) =>
        tensor == draft.Input ? -1 : draft.Operators.FindIndex(o => o.Output == tensor || o.States.Contains(tensor));

    private static int LastUse(PlanDraft draft, DraftTensor tensor) =>
        tensor == draft.Output
            ? draft.Operators.Count
            : Math.Max(FirstUse(draft, tensor), draft.Operators.FindLastIndex(o => o.Inputs.Contains(tensor)));

    private static int Align(int bytes) => (bytes + Alignment - 1) & -Alignment;
}
