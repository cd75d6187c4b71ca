using System.Text;

namespace Edge.Quantization.Graph.TfLite;

/// <summary>Says of bytes that should have been a TensorFlow Lite model what they seem to be.</summary>
internal static class FileKind
{
    private const int ShownBytes = 8;

    private static readonly (byte[] Start, string Kind)[] Signatures =
    [
        ([0x50, 0x4B, 0x03, 0x04], "a zip archive (unpack it; PyTorch checkpoints and Keras models are zip archives too)"),
        ([0x1F, 0x8B], "a gzip archive; unpack it"),
        ([0x89, 0x48, 0x44, 0x46], "an HDF5 file, as Keras saves it; convert it to .tflite"),
        ([0x52, 0x49, 0x46, 0x46], "a RIFF file, such as a WAV recording"),
        ([0x66, 0x4C, 0x61, 0x43], "a FLAC recording"),
        ([0x93, 0x4E, 0x55, 0x4D], "a NumPy array"),
        ([0x7F, 0x45, 0x4C, 0x46], "an ELF program or library"),
        ([0x80, 0x02], "a Python pickle, such as a PyTorch checkpoint"),
    ];

    /// <summary>Whether these are the first bytes of a FlatBuffer with TensorFlow Lite's identifier, TFL3.</summary>
    public static bool IsTfLite(ReadOnlySpan<byte> bytes) => bytes.Length >= 8 && bytes[4..8].SequenceEqual("TFL3"u8);

    /// <summary>What the file seems to be, as the end of "it is …".</summary>
    public static string Describe(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return "empty";
        }

        foreach ((byte[] start, string kind) in Signatures)
        {
            if (bytes.StartsWith(start))
            {
                return kind;
            }
        }

        return Text(bytes) ?? Safetensors(bytes) ?? Onnx(bytes) ?? Other(bytes);
    }

    private static string? Text(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> text = bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
        text = text.TrimStart(" \t\r\n"u8);
        return text.StartsWith("<"u8) ? "an HTML or XML page; the address it was loaded from gave a page, not the file"
            : text.StartsWith("version https://git-lfs"u8) ? "a Git LFS pointer; fetch the file itself with git lfs pull"
            : text.StartsWith("{"u8) ? "JSON text, such as a manifest; the model is a file of its own"
            : null;
    }

    /// <summary>Safetensors, .edge files among them: eight bytes of header length, then JSON.</summary>
    private static string? Safetensors(ReadOnlySpan<byte> bytes) =>
        bytes.Length <= 8 || bytes[6] != 0 || bytes[7] != 0 || bytes[8] != '{' ? null
        : bytes[8..Math.Min(bytes.Length, 4096)].IndexOf("\"edge\""u8) >= 0 ? "an .edge model, which needs no import"
        : "a safetensors file";

    /// <summary>ONNX begins with field 1, the IR version, and goes on with the producer's name or the operator sets.</summary>
    private static string? Onnx(ReadOnlySpan<byte> bytes) =>
        bytes is [0x08, > 0 and < 32, 0x12 or 0x3A or 0x42, ..] ? "an ONNX model; it goes through edgec quantize or edgec build" : null;

    private static string Other(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 8)
        {
            return $"{bytes.Length} byte(s) long; it is cut off";
        }

        ReadOnlySpan<byte> identifier = bytes[4..8];
        return identifier.StartsWith("TFL"u8)
            ? $"a TensorFlow Lite model of the older format {Encoding.ASCII.GetString(identifier)}; convert it again with a TensorFlow of 2018 or later"
            : $"of a kind not recognised (it begins with {Convert.ToHexString(bytes[..ShownBytes])})";
    }
}
