using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Edge.Detection;

namespace Edge.Tests.Detection;

/// <summary>A model that gives back 10 ms of samples as they are, but cut off at ±<see cref="Known"/>: louder sound is an anomaly to it.</summary>
internal static class TinyAnomalyModel
{
    /// <summary>The largest quantized sample that comes back.</summary>
    public const int Known = 40;

    /// <summary>Scale and zero point of its output, twice as coarse as its input's 1/128 and 0.</summary>
    public const double OutputScale = 1.0 / 64;
    public const int OutputZeroPoint = 3;

    private const int Samples = 160;

    /// <summary>What it gives for a quantized sample.</summary>
    public static sbyte Reconstruct(int sample) =>
        (sbyte)(Math.Round(Math.Clamp(sample, -Known, Known) / 2.0, MidpointRounding.AwayFromZero) + OutputZeroPoint);

    /// <summary>The model in memory.</summary>
    public static AudioModel Load(string detection) => AudioModel.Load(File(detection), "quiet.edge");

    /// <summary>The bytes of a file.</summary>
    public static byte[] File(string detection, int outputs = Samples)
    {
        string plan = $$"""
            {
              "name": "quiet", "frontEnd": {{TinyModel.FrontEnd()}}, "detection": {{detection}}, "memoryBytes": 384, "input": 0, "output": 2,
              "tensors": [
                { "name": "in", "shape": [1, 1, {{Samples}}], "offset": 0, "scale": 0.0078125, "zeroPoint": 0 },
                { "name": "known", "at": "file" },
                { "name": "back", "shape": [1, 1, {{outputs}}], "offset": 192, "scale": {{OutputScale}}, "zeroPoint": {{OutputZeroPoint}} }
              ],
              "operators": [{{(outputs == Samples
                ? """{ "op": "table", "inputs": [0, 1], "outputs": [2] }"""
                : """{ "op": "slice", "inputs": [0], "outputs": [2], "begin": [0, 0, 0], "stride": [1, 1, 1] }""")}}]
            }
            """;
        byte[] text = Encoding.UTF8.GetBytes($$$"""
            {"__metadata__":{"format":"edge","version":"3","plan":{{{JsonSerializer.Serialize(plan)}}}},"known":{"dtype":"I8","shape":[256],"data_offsets":[0,256]}}
            """);
        byte[] file = new byte[8 + text.Length + 256];
        BinaryPrimitives.WriteInt64LittleEndian(file, text.Length);
        text.CopyTo(file, 8);
        for (int i = 0; i < 256; i++)
        {
            file[8 + text.Length + i] = (byte)Reconstruct(i - 128);
        }

        return file;
    }
}
