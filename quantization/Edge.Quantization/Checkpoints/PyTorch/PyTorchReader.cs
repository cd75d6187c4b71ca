using System.IO.Compression;
using Edge.Quantization.Checkpoints.Pickle;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Checkpoints.PyTorch;

/// <summary>Reads what torch.save writes: a zip archive since PyTorch 1.6, before that a row of pickles with the storages behind them.</summary>
/// <remarks>Nothing that the pickles name is imported or called; see <see cref="PickleReader"/>.</remarks>
internal static class PyTorchReader
{
    private const int MaxPickleBytes = 1 << 28;

    /// <summary>Reads the names, types and shapes of all tensors, and what scalars stand beside them.</summary>
    /// <exception cref="GraphFormatException">The file is of neither format, or damaged.</exception>
    public static CheckpointContent Read(CheckpointFile file)
    {
        byte[] start = file.Read(0, Math.Min(4, file.Length), "start");
        return start switch
        {
            [(byte)'P', (byte)'K', 3, 4] => ReadArchive(file),
            [0x80, ..] => ReadLegacy(file),
            _ => throw file.Fault("start", $"it begins with the bytes {Convert.ToHexString(start)}; expected safetensors or a file of torch.save (.pt, .pth, .bin, .ckpt)."),
        };
    }

    private static CheckpointContent ReadArchive(CheckpointFile file)
    {
        var objects = new TorchObjects(file.Source);
        try
        {
            var archive = new ZipArchive(file.Stream(), ZipArchiveMode.Read);
            ZipArchiveEntry pickle = archive.Entries.FirstOrDefault(entry => entry.FullName.EndsWith("/data.pkl", StringComparison.Ordinal))
                ?? throw file.Fault("archive", "it has no data.pkl; expected what torch.save writes.");
            string folder = pickle.FullName[..^"data.pkl".Length];
            if (archive.GetEntry($"{folder}byteorder") is { } order && ReadEntry(file, order, 0, order.Length) is not [(byte)'l', ..])
            {
                throw file.Fault("byteorder", "its numbers are big-endian; save it on a machine with little-endian numbers.");
            }

            byte[] bytes = pickle.Length <= MaxPickleBytes ? ReadEntry(file, pickle, 0, pickle.Length) : throw file.Fault("data.pkl", $"it takes {pickle.Length} bytes; at most {MaxPickleBytes} are read.");
            object? root = objects.Unpickle(bytes, "data.pkl", out _);
            return StateDictionary.Flatten(root, tensor => ArchiveBytes(file, archive, folder, tensor));
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException)
        {
            throw new GraphFormatException(file.Source, "archive", $"the zip archive cannot be read: {e.Message} The file is cut short or damaged.", e);
        }
    }

    private static byte[] ArchiveBytes(CheckpointFile file, ZipArchive archive, string folder, TorchTensor tensor)
    {
        string place = $"data/{tensor.Storage.Key}";
        ZipArchiveEntry entry = archive.GetEntry(folder + place) ?? throw file.Fault(place, "the archive lacks this storage; the file is damaged.");
        return entry.Length == tensor.Storage.Bytes
            ? tensor.Gather((offset, count) => ReadEntry(file, entry, offset, count))
            : throw file.Fault(place, $"it takes {entry.Length} bytes; expected {tensor.Storage.Bytes}, {tensor.Storage.Count} elements. The file is damaged.");
    }

    /// <summary>Bytes of an entry, which torch.save never compresses: so no entry can be larger than the file.</summary>
    private static byte[] ReadEntry(CheckpointFile file, ZipArchiveEntry entry, long offset, long count)
    {
        if (entry.CompressedLength != entry.Length || entry.Length > file.Length || offset > entry.Length - count || count > Array.MaxLength)
        {
            throw file.Fault(entry.FullName, $"bytes {offset} to {offset + count} of an entry of {entry.Length} that is stored in {entry.CompressedLength}; expected it uncompressed, as torch.save writes it.");
        }

        try
        {
            using Stream stream = entry.Open();
            var skipped = new byte[Math.Min(offset, 1 << 16)];
            for (long left = offset; left > 0; left -= Math.Min(left, skipped.Length))
            {
                stream.ReadExactly(skipped, 0, (int)Math.Min(left, skipped.Length));
            }

            var bytes = new byte[count];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new GraphFormatException(file.Source, entry.FullName, $"it cannot be read: {e.Message} The file is cut short or damaged.", e);
        }
    }

    /// <summary>Magic number, version, machine, object, storage keys; then for each key its number of elements and the elements.</summary>
    private static CheckpointContent ReadLegacy(CheckpointFile file)
    {
        var objects = new TorchObjects(file.Source);
        byte[] head = file.Read(0, Math.Min(file.Length, MaxPickleBytes), "pickles");
        int position = 0;
        object? magic = Next("magic number");
        Next("version");
        object? machine = Next("machine");
        if (magic is not System.Numerics.BigInteger number || number != LegacyMagic)
        {
            throw file.Fault("start", $"its first pickle is {magic ?? "nothing"}; expected the magic number of torch.save. A pickle of another program is not read.");
        }

        if ((machine as PickleDictionary)?.Pairs.Exists(pair => pair is { Key: "little_endian", Value: false }) == true)
        {
            throw file.Fault("machine", "its numbers are big-endian; save it on a machine with little-endian numbers.");
        }

        object? root = Next("pickle");
        object? keys = Next("storage keys");
        Dictionary<string, long> offsets = Offsets(file, objects, keys, position);
        return StateDictionary.Flatten(root, tensor => offsets.TryGetValue(tensor.Storage.Key, out long start)
            ? tensor.Gather((offset, count) => file.Read(start + offset, count, $"storage '{tensor.Storage.Key}'"))
            : throw file.Fault($"storage '{tensor.Storage.Key}'", "the file lacks it; the file is damaged."));

        object? Next(string place)
        {
            object? value = objects.Unpickle(head.AsMemory(position), place, out int length);
            position += length;
            return value;
        }
    }

    private static readonly System.Numerics.BigInteger LegacyMagic = System.Numerics.BigInteger.Parse("119547037146038801333356", System.Globalization.CultureInfo.InvariantCulture);

    private static Dictionary<string, long> Offsets(CheckpointFile file, TorchObjects objects, object? keys, long position)
    {
        var offsets = new Dictionary<string, long>();
        foreach (object? key in keys as List<object?> ?? throw file.Fault("storage keys", "they are no list; the file is damaged."))
        {
            if (key is not string name || !objects.Storages.TryGetValue(name, out TorchStorage? storage))
            {
                throw file.Fault("storage keys", $"'{key}' is no storage that a tensor looks into; the file is damaged.");
            }

            long count = BitConverter.ToInt64(file.Read(position, sizeof(long), $"storage '{name}'"));
            if (count != storage.Count)
            {
                throw file.Fault($"storage '{name}'", $"it has {count} elements; expected {storage.Count}. The file is damaged.");
            }

            offsets[name] = position + sizeof(long);
            Int128 next = offsets[name] + storage.Bytes;
            position = next <= file.Length ? (long)next : throw file.Fault($"storage '{name}'", $"it ends at byte {next} of a file of {file.Length}; the file is cut short. Copy it again.");
        }

        return offsets;
    }
}
