using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Edge.Detection;
using Edge.Inference;

namespace Edge.Quantization.Compilation;

/// <summary>Changes the detector's settings of an .edge file and nothing else.</summary>
public static class DetectionEditor
{
    /// <summary>The file with other settings: its plan's section "detection" is replaced, all else of the plan and all tensors stay byte for byte.</summary>
    /// <param name="file">A whole .edge file.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <param name="detection">The new settings.</param>
    /// <exception cref="ModelFormatException">The file is no usable model, or the settings do not fit it.</exception>
    public static byte[] Replace(ReadOnlyMemory<byte> file, string source, DetectorOptions detection)
    {
        using (AudioModel.Load(file, source))
        {
            // What follows relies on a sound file.
        }

        ReadOnlySpan<byte> bytes = file.Span;
        int headerEnd = sizeof(ulong) + (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        ReadOnlySpan<byte> header = bytes[sizeof(ulong)..headerEnd].TrimEnd((byte)' ');
        Range planRange = Find(header, "__metadata__", "plan");
        byte[] plan = Encoding.UTF8.GetBytes(Unquoted(header[planRange]));
        byte[] edited = Splice(plan, Find(plan, DetectionPlan.SectionName), Section(detection));
        byte[] newHeader = Splice(header, planRange, Quoted(edited));
        byte[] result = EdgeFile.Assemble(newHeader, [file[headerEnd..]]);
        using (AudioModel.Load(result, source))
        {
            // The new settings are checked against the labels.
        }

        return result;
    }

    private static byte[] Section(DetectorOptions detection)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            DetectionPlan.Write(json, detection);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static byte[] Quoted(ReadOnlySpan<byte> text) =>
        [(byte)'"', .. JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes, (byte)'"'];

    private static string Unquoted(ReadOnlySpan<byte> text)
    {
        var json = new Utf8JsonReader(text);
        json.Read();
        return json.GetString()!;
    }

    private static byte[] Splice(ReadOnlySpan<byte> text, Range replaced, ReadOnlySpan<byte> by) => [.. text[..replaced.Start], .. by, .. text[replaced.End..]];

    /// <summary>Where the value lies that <paramref name="path"/> leads to, one name a level; of equal names the last counts.</summary>
    private static Range Find(ReadOnlySpan<byte> json, params ReadOnlySpan<string> path)
    {
        int offset = 0;
        foreach (string name in path)
        {
            var reader = new Utf8JsonReader(json[offset..]);
            reader.Read();
            Range? found = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool wanted = reader.ValueTextEquals(name);
                reader.Read();
                int start = (int)reader.TokenStartIndex;
                reader.Skip();
                found = wanted ? start..(int)reader.BytesConsumed : found;
            }

            Range range = found ?? throw new InvalidDataException($"The header has no '{name}'.");
            json = json[..(offset + range.End.Value)];
            offset += range.Start.Value;
        }

        return offset..json.Length;
    }
}
