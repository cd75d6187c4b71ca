using Edge.Inference;
using Edge.Quantization.Compilation;

namespace Edge.Quantization.Tests.Compilation;

public class MemoryPlannerTests
{
    [Fact]
    public void Tensors_that_live_at_the_same_time_never_overlap()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            PlanDraft draft = RandomChain(seed);
            MemoryPlanner.Place(draft);
            foreach ((DraftTensor a, DraftTensor b) in Pairs(draft).Where(pair => LiveTogether(draft, pair.A, pair.B)))
            {
                Assert.True(a.Offset + a.Bytes <= b.Offset || b.Offset + b.Bytes <= a.Offset, $"seed {seed}: {a.Name} at {a.Offset} + {a.Bytes}, {b.Name} at {b.Offset}");
            }

            Assert.All(draft.Tensors, t => Assert.True(t.Offset % 16 == 0 && t.Offset + t.Bytes <= draft.MemoryBytes));
        }
    }

    [Fact]
    public void A_chain_of_equal_tensors_takes_the_memory_of_two()
    {
        var draft = new PlanDraft();
        DraftTensor previous = draft.Input = Activation(draft, "x0", 160);
        for (int i = 1; i < 10; i++)
        {
            DraftTensor next = Activation(draft, $"x{i}", 160);
            draft.AddOperator("requantize", [previous], next);
            previous = next;
        }

        draft.Output = previous;
        MemoryPlanner.Place(draft);

        Assert.Equal(2 * 160, draft.MemoryBytes);
    }

    private static PlanDraft RandomChain(int seed)
    {
        var random = new Random(seed);
        var draft = new PlanDraft();
        draft.Input = Activation(draft, "input", 1 + random.Next(300));
        List<DraftTensor> made = [draft.Input];
        for (int i = 0; i < 20; i++)
        {
            TensorStorage storage = random.Next(5) == 0 ? TensorStorage.State : TensorStorage.Arena;
            DraftTensor next = draft.AddActivation($"t{i}", [1, 1 + random.Next(300)], 1, 0, storage);
            draft.AddOperator("add", [made[random.Next(made.Count)], made[^1]], next);
            made.Add(next);
        }

        draft.Output = made[^1];
        return draft;
    }

    private static DraftTensor Activation(PlanDraft draft, string name, int bytes) => draft.AddActivation(name, [1, bytes], 1, 0);

    private static IEnumerable<(DraftTensor A, DraftTensor B)> Pairs(PlanDraft draft) =>
        from a in draft.Tensors from b in draft.Tensors where draft.Tensors.IndexOf(a) < draft.Tensors.IndexOf(b) select (a, b);

    private static bool LiveTogether(PlanDraft draft, DraftTensor a, DraftTensor b)
    {
        (int firstA, int lastA) = Life(draft, a);
        (int firstB, int lastB) = Life(draft, b);
        return firstA <= lastB && firstB <= lastA;
    }

    private static (int First, int Last) Life(PlanDraft draft, DraftTensor tensor)
    {
        if (tensor.Storage == TensorStorage.State)
        {
            return (-1, int.MaxValue);
        }

        int first = tensor == draft.Input ? -1 : draft.Operators.FindIndex(o => o.Output == tensor);
        int last = tensor == draft.Output ? int.MaxValue : draft.Operators.FindLastIndex(o => o.Inputs.Contains(tensor));
        return (first, Math.Max(first, last));
    }
}
