using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Edge.Detection;
using Edge.Inference;
using Edge.Quantization.Compilation;
using Edge.Tests;

namespace Edge.Quantization.Tests.Compilation;

public class DetectionEditorTests
{
    private static readonly byte[] Shipped = File.ReadAllBytes(Repository.PathTo("samples", "models", "wake-words.edge"));

    [Fact]
    public void The_settings_change_and_the_model_still_proves_itself()
    {
        KeywordOptions detection = SettingsOf(Shipped) with { Thresholds = [1, 0.1234, 0.5, 0.25, 0.75, 0.999], SmoothingMs = 60 };

        byte[] edited = DetectionEditor.Replace(Shipped, "edited", detection);

        using AudioModel model = AudioModel.Load(edited, "edited");
        Assert.Equal(detection.Thresholds, ((KeywordOptions)model.Detection).Thresholds);
        Assert.Equal(60, ((KeywordOptions)model.Detection).SmoothingMs);
        Assert.True(model.Verify());
    }

    [Fact]
    public void Everything_else_stays_byte_for_byte()
    {
        byte[] edited = DetectionEditor.Replace(Shipped, "edited", SettingsOf(Shipped) with { Thresholds = [0, 0, 0, 0, 0, 0.123456789] });

        Assert.Equal(0, DataStart(edited) % 64);
        Assert.Equal(Shipped[DataStart(Shipped)..], edited[DataStart(edited)..]);
        (JsonObject before, JsonObject after) = (Header(Shipped), Header(edited));
        (JsonObject planBefore, JsonObject planAfter) = (Plan(before), Plan(after));
        Assert.NotEqual(planBefore["detection"]!.ToJsonString(), planAfter["detection"]!.ToJsonString());
        planBefore.Remove("detection");
        planAfter.Remove("detection");
        Assert.Equal(planBefore.ToJsonString(), planAfter.ToJsonString());
        before["__metadata__"]!["plan"] = "";
        after["__metadata__"]!["plan"] = "";
        Assert.Equal(before.ToJsonString(), after.ToJsonString());
    }

    [Fact]
    public void The_same_settings_give_the_same_file() => Assert.Equal(Shipped, DetectionEditor.Replace(Shipped, "same", SettingsOf(Shipped)));

    [Fact]
    public void Of_equal_names_the_last_is_replaced_as_it_is_the_one_that_counts()
    {
        // A header of another writer: other keys, escapes, spaces, a plan that names the section twice.
        byte[] odd = WithHeader(Shipped, header => header
            .Replace("\"__metadata__\":{", "\"__metadata__\" : { \"note\": \"\\u00e9 \\\"plan\\\"\", ", StringComparison.Ordinal)
            .Replace("\\\"detection\\\":", "\\\"detection\\\":{}, \\\"detection\\\" : ", StringComparison.Ordinal));

        byte[] edited = DetectionEditor.Replace(odd, "odd", SettingsOf(odd) with { SmoothingMs = 100 });

        Assert.Equal(100, SettingsOf(edited).SmoothingMs);
        Assert.Contains("\\u00e9 \\\"plan\\\"", HeaderText(edited), StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_that_do_not_fit_and_damaged_files_are_refused()
    {
        Assert.Throws<ModelFormatException>(() => DetectionEditor.Replace(Shipped, "x", SettingsOf(Shipped) with { Thresholds = [0.5] }));
        Assert.Throws<ModelFormatException>(() => DetectionEditor.Replace(Shipped.AsMemory(0, 1000), "x", SettingsOf(Shipped)));
        Assert.Throws<ModelFormatException>(() => DetectionEditor.Replace(Array.Empty<byte>(), "x", SettingsOf(Shipped)));
    }

    private static KeywordOptions SettingsOf(byte[] file)
    {
        using AudioModel model = AudioModel.Load(file, "model");
        return (KeywordOptions)model.Detection;
    }

    private static int DataStart(byte[] file) => 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(file);

    private static string HeaderText(byte[] file) => Encoding.UTF8.GetString(file.AsSpan(8, DataStart(file) - 8));

    private static JsonObject Header(byte[] file) => JsonNode.Parse(HeaderText(file))!.AsObject();

    private static JsonObject Plan(JsonObject header) => JsonNode.Parse(header["__metadata__"]!["plan"]!.GetValue<string>())!.AsObject();

    private static byte[] WithHeader(byte[] file, Func<string, string> change)
    {
        byte[] header = Encoding.UTF8.GetBytes(change(HeaderText(file).TrimEnd(' ')));
        byte[] padded = [.. header, .. Enumerable.Repeat((byte)' ', (64 - ((8 + header.Length) % 64)) % 64)];
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)padded.Length);
        return [.. length, .. padded, .. file[DataStart(file)..]];
    }
}
