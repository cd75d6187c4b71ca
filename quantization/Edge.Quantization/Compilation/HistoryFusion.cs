using Edge.Inference;

namespace Edge.Quantization.Compilation;

/// <summary>
/// A state that is joined to the newest frames, and then becomes the tail of what was joined, is one "history" as long as both: nothing is
/// copied twice.
/// </summary>
internal static class HistoryFusion
{
    /// <summary>Rewrites a plan whose tensors have no place yet.</summary>
    public static void Apply(PlanDraft draft)
    {
        foreach (DraftOperator keep in draft.Operators.FindAll(op => op.Kind == "history"))
        {
            if (Find(draft, keep) is var (take, join))
            {
                Fuse(draft, keep, take, join);
            }
        }
    }

    /// <summary>The slice of the newest frames and the concatenation before a copy into a state, where the three are a history.</summary>
    private static (DraftOperator Take, DraftOperator Join)? Find(PlanDraft draft, DraftOperator keep)
    {
        (DraftTensor tail, DraftTensor state) = (keep.Inputs[0], keep.Output);
        if (draft.Operators.Find(op => op.Output == tail) is not { Kind: "slice" } take
            || draft.Operators.Find(op => op.Output == take.Inputs[0]) is not { Kind: "concatenate", Inputs: [var oldest, var newest] } join
            || oldest != state || newest == state || draft.Operators.Exists(op => op != join && op.Inputs.Contains(state)))
        {
            return null;
        }

        int[] begin = Attribute(take, "begin");
        bool isTail = tail.Shape.AsSpan().SequenceEqual(state.Shape) && begin is [0, var first, 0, 0] && first == newest.Shape[1]
            && Array.TrueForAll(Attribute(take, "stride"), step => step == 1) && Attribute(join, "axis") is [(int)AxisRole.Time];
        return isTail ? (take, join) : null;
    }

    private static void Fuse(PlanDraft draft, DraftOperator keep, DraftOperator take, DraftOperator join)
    {
        (DraftTensor state, DraftTensor joined, DraftTensor newest) = (keep.Output, join.Output, join.Inputs[1]);
        draft.Remove(state);
        DraftTensor history = draft.AddActivation(state.Name, joined.Shape, state.Scale, state.ZeroPoint, TensorStorage.State, state.Type);
        if (state.Initial is { } initial)
        {
            // The first step pushes as many frames out as are new.
            var values = new sbyte[history.Bytes];
            Array.Fill(values, (sbyte)state.ZeroPoint);
            initial.Data.AsSpan().CopyTo(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan(newest.Bytes)));
            draft.Remove(initial);
            history.Initial = draft.AddConstant(initial.Name, history.Shape, values);
        }

        draft.Operators[draft.Operators.IndexOf(join)] = new DraftOperator("history", [newest], history, []);
        draft.Operators.Remove(keep);
        foreach (DraftOperator reader in draft.Operators.Where(op => op.Inputs.Contains(joined)))
        {
            reader.Inputs[Array.IndexOf(reader.Inputs, joined)] = history;
        }

        draft.Output = draft.Output == joined ? history : draft.Output;
        draft.Remove(joined);
        if (take.Output != draft.Output && !draft.Operators.Exists(op => op.Inputs.Contains(take.Output)))
        {
            draft.Operators.Remove(take);
            draft.Remove(take.Output);
        }
    }

    private static int[] Attribute(DraftOperator op, string name) => op.Attributes.First(attribute => attribute.Name == name).Values;
}
