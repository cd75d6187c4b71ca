using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Edge.Quantization.Tests.Checkpoints;

/// <summary>A file of torch.save under construction: opcodes of a pickle, and the storages beside it.</summary>
internal sealed class TorchSketch
{
    private readonly List<byte> pickle = [0x80, 2];
    private readonly List<(string Key, byte[] Data, int ElementBytes)> storages = [];

    public TorchSketch Opcodes(params byte[] bytes)
    {
        pickle.AddRange(bytes);
        return this;
    }

    public TorchSketch Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        pickle.Add((byte)'X');
        pickle.AddRange(BitConverter.GetBytes(utf8.Length));
        pickle.AddRange(utf8);
        return this;
    }

    public TorchSketch Number(int value)
    {
        pickle.Add((byte)'J');
        pickle.AddRange(BitConverter.GetBytes(value));
        return this;
    }

    public TorchSketch Global(string module, string name)
    {
        pickle.AddRange(Encoding.UTF8.GetBytes($"c{module}\n{name}\n"));
        return this;
    }

    public TorchSketch Tuple(params ReadOnlySpan<int> values)
    {
        Opcodes((byte)'(');
        foreach (int value in values)
        {
            Number(value);
        }

        return Opcodes((byte)'t');
    }

    /// <summary>A float32 tensor with a storage of its own.</summary>
    public TorchSketch Tensor(int[] dims, int[] strides, int offset, params float[] storage)
    {
        string key = $"{storages.Count}";
        var data = new byte[storage.Length * sizeof(float)];
        Buffer.BlockCopy(storage, 0, data, 0, data.Length);
        storages.Add((key, data, sizeof(float)));
        return TensorOf(key, "FloatStorage", storage.Length, dims, strides, offset);
    }

    /// <summary>A tensor over a storage that may be missing, or of another size.</summary>
    public TorchSketch TensorOf(string key, string storageClass, int elements, int[] dims, int[] strides, int offset) => Global("torch._utils", "_rebuild_tensor_v2")
        .Opcodes((byte)'(', (byte)'(').Text("storage").Global("torch", storageClass).Text(key).Text("cpu").Number(elements).Opcodes((byte)'t', (byte)'Q')
        .Number(offset).Tuple(dims).Tuple(strides).Opcodes(0x89).Global("collections", "OrderedDict").Opcodes((byte)')', (byte)'R', (byte)'t', (byte)'R');

    /// <summary>The zip archive of PyTorch 1.6 and later.</summary>
    public byte[] Archive(CompressionLevel compression = CompressionLevel.NoCompression)
    {
        using var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add("data.pkl", [.. pickle.ToArray(), (byte)'.']);
            Add("byteorder", "little"u8.ToArray());
            storages.ForEach(storage => Add($"data/{storage.Key}", storage.Data));

            void Add(string name, byte[] bytes)
            {
                using Stream entry = archive.CreateEntry($"archive/{name}", compression).Open();
                entry.Write(bytes);
            }
        }

        return file.ToArray();
    }

    /// <summary>The format before: pickles, then the storages.</summary>
    public byte[] Legacy()
    {
        using var file = new MemoryStream();
        file.Write([0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.']); // magic number
        file.Write([0x80, 2, (byte)'M', 0xe9, 3, (byte)'.']); // version 1001
        file.Write(new TorchSketch().Opcodes((byte)'}', (byte)'(').Text("little_endian").Opcodes(0x88, (byte)'u', (byte)'.').pickle.ToArray());
        file.Write([.. pickle.ToArray(), (byte)'.']);
        var keys = new TorchSketch();
        keys.Opcodes((byte)']', (byte)'(');
        storages.ForEach(storage => keys.Text(storage.Key));
        file.Write([.. keys.Opcodes((byte)'e', (byte)'.').pickle.ToArray()]);
        foreach ((_, byte[] data, int size) in storages)
        {
            var count = new byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(count, data.Length / size);
            file.Write([.. count, .. data]);
        }

        return file.ToArray();
    }
}
