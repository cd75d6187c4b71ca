using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Edge.Quantization.Checkpoints;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Tests.Checkpoints;

public sealed class CheckpointTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edge-checkpoint-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Safetensors_of_single_and_half_precision_are_read()
    {
        using Checkpoint checkpoint = Open(SafeTensors(
            """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b.h":{"dtype":"F16","shape":[1,1],"data_offsets":[8,10]},"c":{"dtype":"BF16","shape":[],"data_offsets":[10,12]}}""",
            [.. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f), .. BitConverter.GetBytes((Half)0.25), 0xC0, 0x3F]));

        Assert.Equal(["a", "b.h", "c"], checkpoint.Tensors.Keys.Order());
        Assert.Equal([1.5f, -2f], checkpoint.Tensors["a"].Load().ToFloats());
        Assert.Equal([0.25f], checkpoint.Tensors["b.h"].Load().ToFloats());
        Assert.Equal(1.5f, Assert.Single(checkpoint.Tensors["c"].Load().ToFloats()));
        Assert.Equal("pt", checkpoint.Scalars["format"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Views_of_storages_are_read_from_both_formats_of_torch(bool archive)
    {
        // {"model": {"w": 2x3 transposed, "tail": the last two}, "step": 7}
        TorchSketch sketch = new TorchSketch().Opcodes((byte)'}', (byte)'(').Text("model").Opcodes((byte)'}', (byte)'(')
            .Text("w").Tensor([3, 2], [1, 3], 0, 1, 2, 3, 4, 5, 6).Text("tail").Tensor([2], [1], 1, 7, 8, 9).Opcodes((byte)'u')
            .Text("step").Number(7).Opcodes((byte)'u');
        using Checkpoint checkpoint = Open(archive ? sketch.Archive() : sketch.Legacy());

        Assert.Equal([1f, 4, 2, 5, 3, 6], checkpoint.Tensors["model.w"].Load().ToFloats());
        Assert.Equal([8f, 9], checkpoint.Tensors["model.tail"].Load().ToFloats());
        Assert.Equal(7L, checkpoint.Scalars["step"]);
    }

    [Fact]
    public void Calls_that_a_pickle_asks_for_are_not_made()
    {
        string canary = Path.Combine(folder, "canary");
        TorchSketch sketch = new TorchSketch().Opcodes((byte)'}', (byte)'(')
            .Text("evil").Global("posix", "system").Opcodes((byte)'(').Text($"touch {canary}").Opcodes((byte)'t', (byte)'R')
            .Text("object").Global("argparse", "Namespace").Opcodes((byte)')', 0x81, (byte)'}', (byte)'(').Text("heads").Number(12).Opcodes((byte)'u', (byte)'b')
            .Text("w").Tensor([1], [1], 0, 5).Opcodes((byte)'u');
        using Checkpoint checkpoint = Open(sketch.Archive());

        Assert.Equal([5f], checkpoint.Tensors["w"].Load().ToFloats());
        Assert.Equal(12L, checkpoint.Scalars["object.heads"]);
        Assert.False(File.Exists(canary));
    }

    [Fact]
    public void A_dictionary_that_holds_itself_is_read_once()
    {
        TorchSketch sketch = new TorchSketch().Opcodes((byte)'}', (byte)'q', 0, (byte)'(').Text("self").Opcodes((byte)'h', 0).Text("w").Tensor([1], [1], 0, 5).Opcodes((byte)'u');
        using Checkpoint checkpoint = Open(sketch.Archive());
        Assert.Equal("w", Assert.Single(checkpoint.Tensors.Keys));
    }

    [Fact]
    public void Tensors_outside_their_storage_are_refused()
    {
        Refuse(new TorchSketch().Tensor([2, 3], [3, 1], 1, 1, 2, 3, 4, 5, 6).Archive(), "does not lie in storage '0' of 6 elements");
        Refuse(new TorchSketch().Tensor([1 << 30, 1 << 30], [0, 0], 0, 1).Archive(), "does not lie in storage"); // one element, shown 2^60 times
        Refuse(new TorchSketch().Tensor([2], [-1], 1, 1, 2).Archive(), "none of them negative");
        Refuse(new TorchSketch().TensorOf("7", "ComplexFloatStorage", 1, [1], [1], 0).Archive(), "Quantized and complex tensors are not read");
        using Checkpoint missing = Open(new TorchSketch().Opcodes((byte)'}').Text("w").TensorOf("7", "FloatStorage", 1, [1], [1], 0).Opcodes((byte)'s').Archive());
        Assert.Contains("lacks this storage", Assert.Throws<GraphFormatException>(() => missing.Tensors["w"].Load()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_checkpoint_is_refused_with_what_it_is()
    {
        Refuse([], "begins with the bytes ;");
        Refuse("PNG and more"u8.ToArray(), "begins with the bytes 504E4720; expected safetensors or a file of torch.save");
        Refuse([0x80, 2, (byte)'K', 1, (byte)'.', 0x80, 2, (byte)'K', 1, (byte)'.', 0x80, 2, (byte)'K', 1, (byte)'.'], "A pickle of another program is not read");
        Refuse([0x80, 2, (byte)'I'], "opcode 0x49 is none of pickle protocols 2 to 5");
        Refuse(new TorchSketch().Opcodes((byte)'}').Archive(), "holds no tensor");
        Refuse(new TorchSketch().Tensor([1], [1], 0, 5).Archive(CompressionLevel.SmallestSize), "expected it uncompressed");
        Refuse(new TorchSketch().Opcodes((byte)'(', (byte)'0').Archive(), "takes a value that is not there");
        Refuse(SafeTensors("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", new byte[8]), "its shape is [3], 12 bytes of Float32; the data has 8");
        Refuse(SafeTensors("""{"a":{"dtype":"F8_E5M2","shape":[3],"data_offsets":[0,3]}}""", new byte[3]), "is of type F8_E5M2");
    }

    [Fact]
    public void Damaged_files_are_refused_and_nothing_else_happens()
    {
        TorchSketch sketch = new TorchSketch().Opcodes((byte)'}', (byte)'(').Text("model").Opcodes((byte)'}', (byte)'(')
            .Text("w").Tensor([3, 2], [1, 3], 0, 1, 2, 3, 4, 5, 6).Opcodes((byte)'u').Opcodes((byte)'u');
        byte[][] files =
        [
            sketch.Archive(), sketch.Legacy(),
            SafeTensors("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F16","shape":[1,2],"data_offsets":[8,12]}}""", new byte[12]),
        ];
        var random = new Random(1);
        int refused = 0;
        for (int round = 0; round < 1_500; round++)
        {
            byte[] bytes = [.. files[round % files.Length]];
            int length = round % 4 == 0 ? random.Next(bytes.Length) : bytes.Length;
            for (int i = random.Next(4); i >= 0 && length == bytes.Length; i--)
            {
                bytes[random.Next(bytes.Length)] = (byte)(random.Next(2) == 0 ? random.Next(256) : 0xff);
            }

            string path = Path.Combine(folder, "damaged");
            File.WriteAllBytes(path, bytes[..length]);
            try
            {
                using Checkpoint checkpoint = Checkpoint.Open(path);
                foreach (CheckpointTensor tensor in checkpoint.Tensors.Values)
                {
                    tensor.Load();
                }
            }
            catch (GraphFormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 500, 1_400);
    }

    private Checkpoint Open(byte[] bytes)
    {
        string path = Path.Combine(folder, "weights");
        File.WriteAllBytes(path, bytes);
        return Checkpoint.Open(path);
    }

    private void Refuse(byte[] bytes, string problem) =>
        Assert.Contains(problem, Assert.Throws<GraphFormatException>(() => Open(bytes)).Message, StringComparison.Ordinal);

    private static byte[] SafeTensors(string header, byte[] data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        var length = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)text.Length);
        return [.. length, .. text, .. data];
    }
}
