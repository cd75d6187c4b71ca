namespace Edge.Tests.Inference;

public class DataFlowTests
{
    [Fact]
    public void A_tensor_read_before_it_is_written_is_a_fault()
    {
        EdgeFile file = Networks.Dense();
        file.Plan["operators"]!.AsArray().RemoveAt(0);
        Assert.Contains("plan.operators[0] reads 'hidden' before it is written", Assert.Single(file.Faults()), StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_that_nothing_writes_is_a_fault()
    {
        EdgeFile file = Networks.Dense();
        file.Plan["operators"]!.AsArray().RemoveAt(2);
        Assert.Contains("plan: output reads 'scores' before it is written", Assert.Single(file.Faults()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_whose_memory_was_used_again_too_early_is_a_fault()
    {
        // hidden takes the place of x, and x is read once more.
        var file = new EdgeFile();
        int x = file.Arena("x", [1, 4]);
        int hidden = file.Arena("hidden", [1, 4]);
        int other = file.Arena("other", [1, 4]);
        file.Plan["tensors"]![other]!["offset"] = 2;
        int table = file.Int8s("t", [256], new sbyte[256]);
        file.Operator("table", [x, table], hidden).Operator("table", [hidden, table], other).Operator("table", [x, table], hidden).Ends(x, hidden);
        Assert.Contains("plan.operators[2] reads 'x' before it is written, or after its memory was used", Assert.Single(file.Faults()), StringComparison.Ordinal);
    }

    [Fact]
    public void An_operator_that_writes_over_its_own_input_is_a_fault()
    {
        EdgeFile file = Networks.Dense();
        file.Plan["tensors"]![1]!["offset"] = 8;
        Assert.Contains(file.Faults(), f => f.Contains("plan.operators[0] writes 'hidden' over its own input 'x'", StringComparison.Ordinal));
    }

    [Fact]
    public void A_reshape_may_stay_in_place_but_not_move_by_less_than_its_size()
    {
        EdgeFile file = Networks.Windowed();
        file.Load();
        int joined = file.Plan["tensors"]![6]!["offset"]!.GetValue<int>();
        file.Plan["tensors"]![7]!["offset"] = joined + 1;
        file.Plan["memoryBytes"] = file.Plan["memoryBytes"]!.GetValue<int>() + 1;
        Assert.Contains(file.Faults(), f => f.Contains("plan.operators[6] writes 'flat' over its own input 'joined'", StringComparison.Ordinal));
    }

    [Fact]
    public void A_state_that_shares_memory_is_a_fault()
    {
        EdgeFile file = Networks.Streaming();
        file.Plan["tensors"]![2]!["offset"] = file.Plan["tensors"]![3]!["offset"]!.GetValue<int>() - 1;
        Assert.Contains(file.Faults(), f => f.Contains("plan: state 'past' shares memory with 'conv'", StringComparison.Ordinal));
    }

    [Fact]
    public void An_operator_that_writes_a_constant_is_a_fault()
    {
        EdgeFile file = Networks.Dense();
        int spare = file.Int8s("spare", [1, 5], new sbyte[5]);
        file.Plan["operators"]![2]!["outputs"]![0] = spare;
        Assert.Contains(file.Faults(), f => f.Contains("plan.operators[2] writes 'spare', a constant", StringComparison.Ordinal));
    }
}
