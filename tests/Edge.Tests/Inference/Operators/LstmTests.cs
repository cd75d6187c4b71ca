using System.Text.Json.Nodes;
using Edge.Inference;
using Edge.Inference.Kernels;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference.Operators;

public class LstmTests
{
    /// <summary>Input gate, peephole, projection.</summary>
    public static TheoryData<bool, bool, bool> Forms { get; } = new() { { true, false, false }, { false, false, false }, { true, true, false }, { true, false, true }, { false, true, true } };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Steps_are_the_kernels_definition_whatever_runs(bool inputGate, bool peephole, bool projection)
    {
        foreach (Rounding rounding in Enum.GetValues<Rounding>())
        {
            LstmLayer layer = Layer(inputGate, peephole, projection, rounding);
            LstmParameters p = layer.Parameters;
            (sbyte[] hidden, short[] cells) = (new sbyte[p.Outputs], new short[p.Cells]);
            Array.Fill(hidden, (sbyte)layer.OutputZeroPoint);
            var scratch = new LstmScratch(p, new byte[LstmScratch.Bytes(p)]);
            Session[] sessions = [.. InstructionSet.Supported.Select(set => Network(layer, 1).Load(set).CreateSession())];
            for (int step = 0; step < 10; step++)
            {
                sbyte[] input = new Random(step).Int8s(layer.Features);
                LstmS8.Reference(input, p, hidden, cells, scratch);
                foreach (Session session in sessions)
                {
                    input.CopyTo(session.Input);
                    session.Step();
                    Assert.Equal(hidden, session.Output.ToArray());
                }
            }
        }
    }

    [Fact]
    public void A_step_of_several_frames_is_as_many_steps_of_one_and_a_reset_forgets_them()
    {
        LstmLayer layer = Layer(inputGate: true, peephole: true, projection: true, Rounding.Twice);
        (Session one, Session three) = (Network(layer, 1).Load().CreateSession(), Network(layer, 3).Load().CreateSession());
        sbyte[] input = new Random(3).Int8s(6 * layer.Features);
        for (int round = 0; round < 2; round++)
        {
            for (int step = 0; step < 2; step++)
            {
                input.AsSpan(step * 3 * layer.Features, 3 * layer.Features).CopyTo(three.Input);
                three.Step();
                for (int frame = 0; frame < 3; frame++)
                {
                    input.AsSpan((step * 3 + frame) * layer.Features, layer.Features).CopyTo(one.Input);
                    one.Step();
                    Assert.Equal(one.Output.ToArray(), three.Output.Slice(frame * layer.Outputs, layer.Outputs).ToArray());
                }
            }

            three.Reset();
            one = Network(layer, 1).Load().CreateSession();
        }
    }

    [Fact]
    public void Without_states_every_run_begins_anew()
    {
        LstmLayer layer = Layer(inputGate: true, peephole: true, projection: true, Rounding.Once);
        Model anew = Network(layer, 3, "arena").Load();
        Session window = anew.CreateSession();
        Assert.Empty(anew.States);
        for (int run = 0; run < 3; run++)
        {
            Session first = Network(layer, 3).Load().CreateSession();
            sbyte[] input = new Random(run).Int8s(3 * layer.Features);
            input.CopyTo(first.Input);
            first.Step();
            input.CopyTo(window.Input);
            window.Step();
            Assert.Equal(first.Output.ToArray(), window.Output.ToArray());
        }
    }

    [Fact]
    public void Its_cost_is_counted_by_frame()
    {
        LstmLayer layer = Layer(inputGate: true, peephole: true, projection: true, Rounding.Twice);
        long expected = 4 * layer.Cells * (layer.Features + layer.Outputs) + 3 * layer.Cells + layer.Cells * layer.Outputs;
        Assert.Equal(expected, Network(layer, 1).Load().MultiplyAccumulates);
        Assert.Equal(3 * expected, Network(layer, 3).Load().MultiplyAccumulates);
    }

    [Theory]
    [InlineData("operators/0/outputs", "[1]", "has 8 inputs and 1 outputs; expected 8 and 3")]
    [InlineData("operators/0/outputs", "[1,2,2]", "writes 'hidden' over its own result 'hidden'")]
    [InlineData("operators/0/peephole", "0", "has 8 inputs and 3 outputs; expected 7 and 3")]
    [InlineData("operators/0/projection", "", "has 8 inputs and 3 outputs; expected 6 and 3")]
    [InlineData("operators/0/peephole", "2", "peephole is 2; expected a whole number from 0 to 1")]
    [InlineData("tensors/2/at", "\"arena\"", "has one of 'hidden' and 'cell' at state; expected both, or neither in a layer that starts anew at every run")]
    [InlineData("tensors/3/at", "\"arena\"", "has one of 'hidden' and 'cell' at state; expected both, or neither in a layer that starts anew at every run")]
    [InlineData("tensors/2/shape", "[4]", "has 'hidden' of shape [4]; expected [5]")]
    [InlineData("tensors/2/zeroPoint", "1", "has 'y' and 'hidden' with different scale or zero point")]
    [InlineData("tensors/3/type", "\"int8\"", "has the state 'cell' of type int8; expected int16")]
    [InlineData("tensors/3/zeroPoint", "-1", "has the state 'cell' with zero point -1; expected 0")]
    [InlineData("tensors/3/shape", "[6]", "has a bias of 28 for 6 cells; expected four gates of them, or three without an input gate")]
    [InlineData("tensors/3/shape", "[1,7]", "needs a bias and a cell state of one dimension")]
    [InlineData("operators/0/inputs/1", "5", "has 'recurrent' of shape [28, 5]; expected [28, 9]")]
    [InlineData("operators/0/inputs/4", "6", "has 'bias' of shape [28]; expected [2, 11]")]
    [InlineData("operators/0/inputs/5", "4", "has 'input' of type int8; expected int16")]
    [InlineData("operators/0/cellIntegerBits", "7", "cellIntegerBits is 7; expected a whole number from 0 to 6")]
    [InlineData("operators/0/cellIntegerBits", "", "cellIntegerBits is missing")]
    [InlineData("operators/0/cellClip", "32768", "cellClip is 32768; expected a whole number from 0 to 32767")]
    [InlineData("operators/0/hiddenZeroPoint", "129", "hiddenZeroPoint is 129; expected a whole number from -128 to 128")]
    [InlineData("operators/0/hiddenMultiplier", "1", "has multiplier 1 and shift")]
    [InlineData("operators/0/projectionMultiplier", "", "projectionMultiplier is missing")]
    [InlineData("operators/0/projectionClip", "-1", "projectionClip is -1; expected a whole number from 0 to 127")]
    public void Everything_about_it_is_checked(string path, string json, string message)
    {
        EdgeFile file = Network(Layer(inputGate: true, peephole: true, projection: true, Rounding.Twice), 1);
        PlanReaderTests.Put(file.Plan, path, json);
        IReadOnlyList<string> faults = file.Faults();
        Assert.True(faults.Any(f => f.Contains(message, StringComparison.Ordinal)), $"No fault says '{message}': {string.Join("\n", faults)}");
    }

    [Fact]
    public void As_many_outputs_as_cells_need_no_projection_but_others_do()
    {
        LstmLayer layer = Layer(inputGate: true, peephole: false, projection: false, Rounding.Twice);
        EdgeFile file = Network(layer, 1);
        file.Load();
        file.Plan["tensors"]![1]!["shape"] = EdgeFile.Numbers(1, 1, layer.Cells - 1);
        Assert.Contains(file.Faults(), f => f.Contains("has 6 outputs of 7 cells and no projection; expected as many", StringComparison.Ordinal));
    }

    internal static LstmLayer Layer(bool inputGate, bool peephole, bool projection, Rounding rounding) =>
        LstmLayer.Any(new Random(4), 9, 7, projection ? 5 : 7, inputGate, peephole, projection, rounding, clips: projection);

    /// <summary>Tensors: 0 x, 1 y, 2 hidden, 3 cell, 4 input, 5 recurrent, 6 bias, 7 scales, then those of peephole and projection.</summary>
    private static EdgeFile Network(LstmLayer layer, int frames, string memory = "state")
    {
        var file = new EdgeFile { Rounding = layer.HiddenScale.Rounding };
        int x = file.Arena("x", [1, frames, layer.Features], layer.InputZeroPoint);
        int y = file.Arena("y", [1, frames, layer.Outputs], layer.OutputZeroPoint);
        Add(file, layer, x, y, memory);
        return file.Ends(x, y);
    }

    /// <summary>The operator with its memory, at state or in the arena, and its constants.</summary>
    internal static void Add(EdgeFile file, LstmLayer layer, int x, int y, string memory = "state")
    {
        int hidden = file.Arena("hidden", [layer.Outputs], layer.OutputZeroPoint, at: memory);
        int cell = file.Arena("cell", [layer.Cells], at: memory, type: "int16");
        int rows = layer.Gates * layer.Cells;
        List<int> inputs =
        [
            x, file.Int8s("input", [rows, layer.Features], layer.InputWeights), file.Int8s("recurrent", [rows, layer.Outputs], layer.RecurrentWeights), file.Int32s("bias", [rows], layer.Bias),
            file.Int32s("scales", [2, layer.Scales.Length], [.. layer.Scales.Select(s => s.Multiplier), .. layer.Scales.Select(s => s.Shift)]),
        ];
        JsonObject attributes = new()
        {
            ["cellIntegerBits"] = layer.CellIntegerBits, ["cellClip"] = layer.CellClip, ["hiddenZeroPoint"] = layer.HiddenZeroPoint,
            ["hiddenMultiplier"] = layer.HiddenScale.Multiplier, ["hiddenMultiplierShift"] = layer.HiddenScale.Shift,
        };
        if (layer.HasPeephole)
        {
            inputs.Add(file.Int16s("peephole", [(layer.Gates - 1) * layer.Cells], layer.PeepholeWeights));
            attributes["peephole"] = 1;
        }

        if (layer.HasProjection)
        {
            inputs.Add(file.Int8s("projection", [layer.Outputs, layer.Cells], layer.ProjectionWeights));
            inputs.Add(file.Int32s("projection/b", [layer.Outputs], layer.ProjectionBias));
            (attributes["projection"], attributes["projectionClip"]) = (1, layer.ProjectionClip);
            (attributes["projectionMultiplier"], attributes["projectionMultiplierShift"]) = (layer.ProjectionScale.Multiplier, layer.ProjectionScale.Shift);
        }

        file.Operator("lstm", [.. inputs], [y, hidden, cell], attributes);
    }
}
