using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Edge.Detection;

namespace Edge.Tests.Detection;

/// <summary>A model that hears the sign of the sound: "high" where the samples are positive, "low" where negative, "silence" where 0.</summary>
/// <remarks>Features are the samples of 10 ms; one fully connected layer and a softmax. A score depends on its own step alone.</remarks>
internal static class TinyModel
{
    /// <summary>A steady sample value that is heard with a score near 1.</summary>
    public const short Loud = 16_384;

    private const string Labels = "[\"silence\", \"high\", \"low\"]";

    /// <summary>The bytes of a file; sections are JSON, "" leaves a section out; the network takes a frame of 10 ms or as many features as are asked for, and may look ahead by so many steps.</summary>
    public static byte[] File(
        string name = "tiny", int rateHz = 16_000, string? frontEnd = null, string? detection = null, string selfTest = "", string labels = Labels, double scoreScale = 1.0 / 256, int? features = null, int delay = 0, bool pools = false)
    {
        int hop = features ?? rateHz / 100;
        int logitsAt = (hop + 63) & -64;
        string sections = Section("frontEnd", frontEnd ?? FrontEnd(rateHz)) + Section("detection", detection ?? Detection()) + Section("selfTest", selfTest);
        int pastAt = logitsAt + 128, clockAt = (pastAt + (delay + 1) * hop + 63) & -64;
        int poolAt = (clockAt + 128 + hop + 63) & -64; // pools without delay: both number their tensors from 6 on
        string delayedTensors = delay == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $$"""
            ,
                { "name": "past", "at": "state", "type": "int8", "shape": [1, {{delay + 1}}, {{hop}}], "offset": {{pastAt}}, "scale": 0.0078125, "zeroPoint": 0 },
                { "name": "clock", "at": "state", "type": "int32", "shape": [2], "offset": {{clockAt}} },
                { "name": "delayed", "at": "arena", "type": "int8", "shape": [1, 1, {{hop}}], "offset": {{clockAt + 64}}, "scale": 0.0078125, "zeroPoint": 0 }
            """);
        string delayedOperators = delay == 0 ? "" : $$"""
            { "op": "history", "inputs": [0], "outputs": [6, 7], "delay": 0 },
                { "op": "slice", "inputs": [6], "outputs": [8], "begin": [0, 0, 0], "stride": [1, 1, 1] },
            """;
        string plan = string.Create(CultureInfo.InvariantCulture, $$"""
            {
              "name": "{{name}}", "labels": {{labels}}, {{sections}} "provenance": { "source": "tests" },
              "memoryBytes": {{poolAt + 128}}, "rounding": "{{(pools ? "single" : "double")}}", "delaySteps": {{delay}}, "input": 0, "output": 5,
              "tensors": [
                { "name": "in", "at": "arena", "type": "int8", "shape": [1, 1, {{hop}}], "offset": 0, "scale": 0.0078125, "zeroPoint": 0 },
                { "name": "weights", "at": "file" }, { "name": "bias", "at": "file" }, { "name": "requantization", "at": "file" },
                { "name": "logits", "at": "arena", "type": "int8", "shape": [1, 1, 3], "offset": {{logitsAt}}, "scale": 0.1, "zeroPoint": 0 },
                { "name": "scores", "at": "arena", "type": "int8", "shape": [1, 1, 3], "offset": {{logitsAt + 64}}, "scale": {{scoreScale}}, "zeroPoint": -128 }{{delayedTensors}}{{(pools ? Pooled(poolAt) : "")}}
              ],
              "operators": [
                {{delayedOperators}}
                { "op": "fully-connected", "inputs": [{{(delay == 0 ? 0 : 8)}}, 1, 2, 3], "outputs": [4] },
                {{(pools ? PooledLogits : "")}}
                { "op": "softmax", "inputs": [{{(pools ? 6 : 4)}}], "outputs": [5], "multiplier": 1717986918, "multiplierShift": 23 }
              ]
            }
            """);
        return Pack(plan, hop, delay == 0 && !pools ? 1 : 4);
    }

    /// <summary>The model in memory; with <paramref name="pools"/> its scores are of the mean of all logits so far.</summary>
    public static AudioModel Load(string name = "tiny", int rateHz = 16_000, string? detection = null, int delay = 0, bool pools = false) =>
        AudioModel.Load(File(name, rateHz, detection: detection, delay: delay, pools: pools), name + ".edge");

    /// <summary>Writes the model with a self-test into a folder and returns its path.</summary>
    public static string Write(string folder, string name = "tiny", int rateHz = 16_000, string? digest = null, string? detection = null)
    {
        using AudioModel model = Load(name, rateHz);
        SelfTest test = model.ComputeSelfTest(5, rateHz);
        string section = $$"""{ "seed": 5, "samples": {{rateHz}}, "sha256": "{{digest ?? test.Sha256}}" }""";
        string path = Path.Combine(folder, name + ".edge");
        System.IO.File.WriteAllBytes(path, File(name, rateHz, detection: detection, selfTest: section));
        return path;
    }

    public static string FrontEnd(int rateHz = 16_000) => $$"""
        { "kind": "pcm", "sampleRateHz": {{rateHz}}, "windowSamples": {{rateHz / 100}}, "hopSamples": {{rateHz / 100}},
          "quantizer": { "numerator": 1, "offset": 128, "denominator": 256, "zeroPoint": 0 } }
        """;

    public static string Detection(int smoothingMs = 50, int refractoryMs = 300, int hits = 1, int wordMs = 100, int warmUpMs = 0) => $$"""
        { "kind": "keyword", "thresholds": [1, 0.8, 0.8], "background": [0], "smoothingMs": {{smoothingMs}},
          "consecutiveHits": {{hits}}, "refractoryMs": {{refractoryMs}}, "wordMs": {{wordMs}}, "warmUpMs": {{warmUpMs}} }
        """;

    /// <summary>Events of the classes "high" and "low", of whatever is loud.</summary>
    public const string SoundEvents = """
        { "kind": "sound-event", "mergeGapMs": 50, "classes": [
          { "name": "loud", "labels": [1, 2], "mergeGapMs": 0 },
          { "name": "high", "labels": [1], "parent": "loud" }, { "name": "low", "labels": [2], "parent": "loud" } ] }
        """;

    /// <summary>Sound of steady values: each part lasts so many ms.</summary>
    public static short[] Sound(int rateHz, params (short Value, int Ms)[] parts) =>
        [.. parts.SelectMany(part => Enumerable.Repeat(part.Value, rateHz / 1000 * part.Ms))];

    private const string PooledLogits = """{ "op": "running-mean", "inputs": [4], "outputs": [6, 7, 8], "multiplier": 1073741824, "multiplierShift": 1 },""";

    private static string Pooled(int offset) => $$"""
        , { "name": "pooled", "at": "arena", "type": "int8", "shape": [1, 1, 3], "offset": {{offset}}, "scale": 0.1, "zeroPoint": 0 },
        { "name": "sums", "at": "state", "type": "int32", "shape": [3], "offset": {{offset + 64}} },
        { "name": "frames", "at": "state", "type": "int32", "shape": [1], "offset": {{offset + 80}} }
        """;

    private static string Section(string name, string json) => json == "" ? "" : $"\"{name}\": {json},";

    private static byte[] Pack(string plan, int depth, int version)
    {
        // A loud step sums to 64·depth, which is to become 100: a logit of 10. Silence has 5 from its bias.
        double factor = 100.0 / (64 * depth);
        int shift = (int)Math.Floor(Math.Log2(factor)) + 1;
        int multiplier = (int)(factor / Math.Pow(2, shift) * 2147483648.0);
        int[] words = [multiplier, multiplier, multiplier, shift, shift, shift, 32 * depth, 0, 0];
        byte[] data = new byte[4 * words.Length + 3 * depth];
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(data.AsSpan(4 * i), words[i]);
        }

        data.AsSpan(data.Length - 2 * depth, depth).Fill(1);
        data.AsSpan(data.Length - depth).Fill(unchecked((byte)-1));
        string header = $$$"""
            {"__metadata__":{"format":"edge","version":"{{{version}}}","plan":{{{JsonSerializer.Serialize(plan)}}}},
            "requantization":{"dtype":"I32","shape":[2,3],"data_offsets":[0,24]},
            "bias":{"dtype":"I32","shape":[3],"data_offsets":[24,36]},
            "weights":{"dtype":"I8","shape":[3,{{{depth}}}],"data_offsets":[36,{{{data.Length}}}]}}
            """;
        byte[] text = Encoding.UTF8.GetBytes(header);
        int dataAt = (8 + text.Length + 63) & -64;
        byte[] file = new byte[dataAt + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, dataAt - 8);
        file.AsSpan(8, dataAt - 8).Fill((byte)' ');
        text.CopyTo(file, 8);
        data.CopyTo(file, dataAt);
        return file;
    }
}
