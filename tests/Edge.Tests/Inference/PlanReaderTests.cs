using System.Text.Json.Nodes;
using Edge.Inference;
using Edge.Numerics;

namespace Edge.Tests.Inference;

public class PlanReaderTests
{
    /// <summary>Where in the plan of <see cref="Networks.Streaming"/>, the JSON put there ("" takes it away), and what the message must say.</summary>
    public static TheoryData<string, string, string> PlanFaults { get; } = new()
    {
        { "name", "", "plan: name is missing" },
        { "name", "5", "plan: name is 5; expected a string" },
        { "labels", "[1]", "plan: labels is an array of 1; expected an array of strings" },
        { "labels", "[\"one\"]", "labels has 1 entries; the output has 3 channels" },
        { "memoryBytes", "-1", "plan: memoryBytes is -1; expected a whole number from 0 to" },
        { "memoryBytes", "2000000000", "plan: memoryBytes is 2000000000; expected a whole number from 0 to" },
        { "memoryBytes", "1e99", "plan: memoryBytes is 1e99" },
        { "memoryBytes", "16", "offset is 16; 8 bytes from there leave the memory of 16 bytes" },
        { "rounding", "\"thrice\"", "plan: rounding is 'thrice'; expected single or double" },
        { "rounding", "1", "plan: rounding is 1; expected a string" },
        { "input", "", "plan: input is missing" },
        { "input", "99", "plan: input is tensor 99; there are" },
        { "output", "8193", "plan: output is 8193; expected a whole number from 0 to 8192" },
        { "output", "1.5", "plan: output is 1.5" },
        { "tensors", "7", "plan: tensors is 7; expected an array of at most 8192 objects" },
        { "tensors/0", "[]", "plan.tensors[0] is an array of 0; expected an object" },
        { "operators", "{}", "plan: operators is {}; expected an array" },
    };

    public static TheoryData<string, string, string> TensorFaults { get; } = new()
    {
        { "tensors/11/name", "", "plan.tensors[11]: name is '11'; the file holds no tensor of that name" },
        { "tensors/0/at", "\"moon\"", "plan.tensors[0]: at is 'moon'; expected file, arena or state" },
        { "tensors/0/type", "\"float\"", "plan.tensors[0]: type is unknown; expected int8, int16 or int32" },
        { "tensors/0/type", "\"I8\"", "plan.tensors[0]: type is unknown" },
        { "tensors/0/shape", "", "plan.tensors[0]: shape is missing" },
        { "tensors/0/shape", "[1,1,1,0]", "plan.tensors[0]: shape[3] is 0; expected a whole number from 1 to 16777216" },
        { "tensors/0/shape", "[1,1,1,1,1,1,1]", "plan.tensors[0]: shape has 7 entries; expected 0 to 6" },
        { "tensors/0/shape", "[16777216,16777216,16777216,16777216,16777216,16777216]", "plan.tensors[0]: offset is 0" },
        { "tensors/0/offset", "-4", "plan.tensors[0]: offset is -4" },
        { "tensors/0/offset", "2147483647", "plan.tensors[0]: offset is 2147483647" },
        { "tensors/0/scale", "-0.1", "plan.tensors[0]: scale is -0.1; expected a number from 0" },
        { "tensors/0/scale", "1e999", "plan.tensors[0]: scale is 1e999" },
        { "tensors/0/zeroPoint", "32768", "plan.tensors[0]: zeroPoint is 32768" },
        { "tensors/2/initial", "-1", "plan.tensors[2]: initial is -1; expected a whole number from 0 to" },
        { "tensors/2/initial", "99", "plan.tensors[2]: initial is 99; expected a whole number from 0 to" },
        { "tensors/2/initial", "11", "plan.tensors[2]: initial is tensor 11, int8 [16, 3, 1, 8]; expected a constant of int8 [1, 3, 1, 8]" },
        { "tensors/2/initial", "2", "plan.tensors[2]: initial is tensor 2, int8 [1, 3, 1, 8]; expected a constant of" },
        { "tensors/4/initial", "13", "plan.tensors[4]: initial is tensor 13, int32 [2, 16]; expected a constant of int8 [1, 5, 1, 16]" },
        { "tensors/0/initial", "11", "plan.tensors[0]: initial is given, but 'x' is no state; expected at = state" },
        { "tensors/11/initial", "11", "plan.tensors[11]: initial is given, but 'conv/w' is no state" },
        { "tensors/11/name", "\"absent\"", "plan.tensors[11]: name is 'absent'; the file holds no tensor of that name" },
        { "tensors/0/scale", "0", "plan: 'x' goes in or comes out; expected int8 of shape [1, frames, ..] with a scale, in memory; an input may also be int16 with zero point 0" },
        { "tensors/10/shape", "[3]", "plan: 'scores' goes in or comes out" },
        { "tensors/0/type", "\"int16\"", "plan: 'x' goes in or comes out" },
    };

    public static TheoryData<string, string, string> OperatorFaults { get; } = new()
    {
        { "operators/0/op", "\"conv\"", "plan.operators[0]: op is 'conv'; expected one of add, average-pool, batch-matmul, concatenate, convolution" },
        { "operators/0/inputs", "", "plan.operators[0]: inputs is missing" },
        { "operators/0/inputs/0", "999", "plan.operators[0]: inputs[0] is 999; expected a whole number from 0 to" },
        { "operators/0/outputs", "[]", "plan.operators[0]: outputs has 0 entries; expected 1 to 4" },
        { "operators/0/inputs", "[0,0]", "plan.operators[0] has 2 inputs and 1 outputs; expected 1 and 1" },
        { "operators/0/multiplier", "", "plan.operators[0]: multiplier is missing" },
        { "operators/0/multiplier", "1073741823", "plan.operators[0] has multiplier 1073741823 and shift 0 for multiplier; expected 0 or 2^30 to 2^31-1" },
        { "operators/0/multiplierShift", "31", "plan.operators[0]: multiplierShift is 31; expected a whole number from -31 to 30" },
        { "tensors/1/zeroPoint", "128", "plan.operators[0] has 'scaled' with zero point 128; expected -128 to 127" },
        { "tensors/1/shape/3", "7", "plan.operators[0] has 'scaled' of shape [1, 1, 1, 7]; expected [1, 1, 1, 8]" },
        { "tensors/1/type", "\"int16\"", "plan.operators[0] has 'scaled' of int16 with zero point 3; expected 0" },
        { "tensors/10/type", "\"int16\"", "plan.operators[9] has 'scores' of type int16; expected int8" },
        { "operators/2/strideHeight", "0", "plan.operators[2]: strideHeight is 0; expected a whole number from 1 to 65536" },
        { "operators/2/dilationWidth", "65537", "plan.operators[2]: dilationWidth is 65537" },
        { "operators/2/padTop", "-1", "plan.operators[2]: padTop is -1" },
        { "operators/2/padBottom", "1", "plan.operators[2] has an output height of 1; a window of 3 with stride 1 over 4 gives 2" },
        { "operators/2/dilationHeight", "2", "plan.operators[2] has an output height of 1; a window of 5 with stride 1 over 3 gives 0" },
        { "operators/2/padLeft", "3", "plan.operators[2] has an output width of 1; a window of 1 with stride 1 over 4 gives 4" },
        { "operators/2/activationMin", "128", "plan.operators[2]: activationMin is 128" },
        { "operators/2/activationMax", "-129", "plan.operators[2]: activationMax is -129" },
        { "operators/8/activationMin", "1000", "plan.operators[8]: activationMin is 1000" },
        { "operators/8/activationMax", "-101", "plan.operators[8] has activationMin -100 above activationMax -101" },
        { "operators/2/inputs/1", "2", "plan.operators[2] computes 'past'; expected a constant from the file" },
        { "operators/2/inputs/1", "17", "plan.operators[2] needs weights and output of 4 dimensions" },
        { "operators/2/inputs/2", "13", "plan.operators[2] has 'conv/q' of shape [2, 16]; expected [16]" },
        { "operators/8/inputs/2", "19", "plan.operators[8] has 'fc/w' of type int8; expected int32" },
        { "operators/4/dilationHeight", "3", "plan.operators[4] has an output height of 1; a window of 7 with stride 1 over 5 gives 0" },
        { "operators/9/multiplierShift", "-1", "plan.operators[9] has multiplierShift -1; expected 0 to 30" },
        { "operators/3/outputs/0", "5", "plan.operators[3] writes 'depthwise', which is no state" },
    };

    [Theory]
    [MemberData(nameof(PlanFaults))]
    [MemberData(nameof(TensorFaults))]
    [MemberData(nameof(OperatorFaults))]
    public void Every_check_names_the_field_and_what_it_holds(string path, string json, string message)
    {
        EdgeFile file = Networks.Streaming();
        Put(file.Plan, path, json);
        IReadOnlyList<string> faults = file.Faults();
        Assert.True(faults.Any(f => f.Contains(message, StringComparison.Ordinal)), $"No fault says '{message}': {string.Join("\n", faults)}");
    }

    [Fact]
    public void Multipliers_in_the_file_are_checked_channel_by_channel()
    {
        var file = new EdgeFile();
        int x = file.Arena("x", [1, 2]);
        int y = file.Arena("y", [1, 3]);
        int[] inputs = [x, file.Int8s("w", [3, 2], 1, 2, 3, 4, 5, 6), file.Int32s("b", [3], 0, 0, 0), file.Int32s("q", [2, 3], 1 << 30, -5, 1 << 30, 0, 0, 31)];
        IReadOnlyList<string> faults = file.Operator("fully-connected", inputs, y).Ends(x, y).Faults();
        Assert.Equal(2, faults.Count);
        Assert.Contains("multiplier -5 and shift 0 for channel 1 of 'q'", faults[0], StringComparison.Ordinal);
        Assert.Contains("shift 31 for channel 2 of 'q'", faults[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_without_a_name_has_its_number_from_version_4_on()
    {
        EdgeFile file = Networks.Windowed();
        Put(file.Plan, "tensors/0/name", "");
        file.Metadata["version"] = "3";
        Assert.Contains("plan.tensors[0]: name is missing", Assert.Single(file.Faults()), StringComparison.Ordinal);
        file.Metadata["version"] = "4";
        Assert.Equal("0", file.Load().Tensors[0].Name);
    }

    [Fact]
    public void Several_faults_are_reported_at_once()
    {
        EdgeFile file = Networks.Streaming();
        Put(file.Plan, "operators/0/multiplier", "");
        Put(file.Plan, "operators/2/strideHeight", "0");
        Put(file.Plan, "operators/9/op", "\"hardmax\"");
        ModelFormatException fault = Assert.Throws<ModelFormatException>(() => file.Load());
        Assert.All(["operators[0]: multiplier", "operators[2]: strideHeight", "operators[9]: op"], place => Assert.Contains(place, fault.Message, StringComparison.Ordinal));
        Assert.StartsWith("test.edge is not a usable model: ", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2", null, Rounding.Twice)]
    [InlineData("2", "double", Rounding.Twice)]
    [InlineData("2", "single", Rounding.Once)]
    [InlineData("3", "single", Rounding.Once)]
    [InlineData("1", "single", Rounding.Twice)] // no part of version 1, whose files never change their meaning
    [InlineData("1", "thrice", Rounding.Twice)]
    public void A_plan_rounds_twice_unless_it_says_otherwise(string version, string? rounding, Rounding expected)
    {
        EdgeFile file = Networks.Windowed();
        file.Metadata["version"] = version;
        file.Plan["rounding"] = rounding;
        if (rounding is null)
        {
            file.Plan.Remove("rounding");
        }

        Assert.Equal(expected, file.Load().Rounding);
    }

    [Theory]
    [InlineData("format", null, "__metadata__.format is missing; expected 'edge'. The file is safetensors but no .edge model.")]
    [InlineData("format", "pt", "__metadata__.format is 'pt'; expected 'edge'")]
    [InlineData("version", null, "__metadata__.version is missing; expected a whole number")]
    [InlineData("version", "one", "__metadata__.version is 'one'; expected a whole number")]
    [InlineData("version", "0", "__metadata__.version is '0'")]
    [InlineData("version", "5", "__metadata__.version is 5; this program reads up to 4. Update Edge, or build the model again with a matching edgec.")]
    public void Format_and_version_are_checked(string key, string? value, string message)
    {
        EdgeFile file = Networks.Dense();
        file.Metadata.Remove(key);
        if (value is not null)
        {
            file.Metadata[key] = value;
        }

        Assert.Contains(message, Assert.Single(file.Faults()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "__metadata__.plan is not JSON")]
    [InlineData("[]", "plan is an array of 0; expected an object")]
    [InlineData("{\"name\":\"\\ud800\"}", "__metadata__.plan is not JSON")]
    [InlineData("{\"frontEnd\":{\"\\udfff\":1}}", "__metadata__.plan is not JSON")] // no other room may trip over it either
    [InlineData("{\"name\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}", "__metadata__.plan is not JSON")]
    public void A_plan_that_is_not_JSON_is_a_fault(string plan, string message)
    {
        byte[] header = System.Text.Encoding.UTF8.GetBytes(new JsonObject
        {
            ["__metadata__"] = new JsonObject { ["format"] = "edge", ["version"] = "1", ["plan"] = plan },
        }.ToJsonString());
        byte[] file = EdgeFile.Assemble(header, []);
        Array.Resize(ref file, 8 + (int)BitConverter.ToUInt64(file));
        ModelFormatException fault = Assert.Throws<ModelFormatException>(() => Model.Load(file, "test.edge"));
        Assert.Contains(fault.Faults, f => f.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_step_that_would_take_minutes_is_a_fault()
    {
        // A pool as large as its input, moved over all of it: 2^19 windows of 2^17 taps out of a file of a few kilobytes.
        var file = new EdgeFile();
        int x = file.Arena("x", [1, 262_144, 1, 2]);
        int y = file.Arena("y", [1, 196_609, 1, 2]);
        file.Operator("max-pool", [x], y, new() { ["kernelHeight"] = 65_536, ["kernelWidth"] = 1 }).Ends(x, y);
        Assert.Contains("multiply-accumulates and elements a step", Assert.Single(file.Faults()), StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_one_constant_over_and_over_is_a_fault_before_it_fills_the_memory()
    {
        var file = new EdgeFile();
        int x = file.Arena("x", [1, 100]);
        int y = file.Arena("y", [1, 100]);
        int[] inputs = [x, file.Int8s("w", [100, 100], new sbyte[10_000]), file.Int32s("b", [100], new int[100]), file.Int32s("q", [2, 100], new int[200])];
        for (int i = 0; i < 100; i++)
        {
            file.Operator("fully-connected", inputs, y);
        }

        Assert.Contains("at most 16 times the file's", file.Ends(x, y).Faults()[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tensors")]
    [InlineData("operators")]
    public void A_file_of_nothing_but_faults_is_refused_in_its_size_class(string array)
    {
        EdgeFile file = Networks.Dense();
        file.Plan[array] = new JsonArray([.. Enumerable.Range(0, 8_192).Select(_ => (JsonNode)new JsonObject())]);
        byte[] bytes = file.Write();
        long before = GC.GetAllocatedBytesForCurrentThread();
        ModelFormatException fault = Assert.Throws<ModelFormatException>(() => Model.Load(bytes, "test.edge"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 * PlanReader.MaxMemoryBytes(bytes.Length));
        Assert.InRange(fault.Faults.Count, 200, 220);
    }

    [Fact]
    public void An_empty_constant_is_a_fault()
    {
        EdgeFile file = Networks.Dense();
        file.Int8s("nothing", [0, 4]);
        Assert.Contains("name is 'nothing', which is empty", Assert.Single(file.Faults()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1 << 20)]
    [InlineData(80_000, (1 << 20) + 20_480_000)]
    [InlineData(1L << 30, 1 << 30)]
    public void Memory_is_bounded_by_the_files_size_class(long fileBytes, long expected) => Assert.Equal(expected, PlanReader.MaxMemoryBytes(fileBytes));

    internal static void Put(JsonObject plan, string path, string json)
    {
        string[] parts = path.Split('/');
        JsonNode node = parts[..^1].Aggregate((JsonNode)plan, (n, part) => int.TryParse(part, out int index) ? n[index]! : n[part]!);
        if (node is JsonArray array)
        {
            array[int.Parse(parts[^1])] = JsonNode.Parse(json);
        }
        else if (json.Length == 0)
        {
            Assert.True(node.AsObject().Remove(parts[^1]));
        }
        else
        {
            node[parts[^1]] = JsonNode.Parse(json);
        }
    }
}
