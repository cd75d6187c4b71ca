using System.Text;
using Edge.Quantization.Calibration;

namespace Edge.Quantization.Tests.Calibration;

public sealed class NpyTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("edge-npy-");

    private string PathToFile => Path.Combine(folder.FullName, "a.npy");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Every_element_type_comes_back()
    {
        RoundTrip([1.5f, float.NaN, -0f, float.MaxValue]);
        RoundTrip([1.5, double.Epsilon]);
        RoundTrip([sbyte.MinValue, sbyte.MaxValue]);
        RoundTrip([byte.MinValue, byte.MaxValue]);
        RoundTrip([short.MinValue, short.MaxValue]);
        RoundTrip([int.MinValue, int.MaxValue]);
        RoundTrip([long.MinValue, long.MaxValue]);
    }

    /// <summary>Version, and the header as numpy 1.24 writes it for shapes (2, 3), (3,) and ().</summary>
    [Theory]
    [InlineData(1, "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }", new long[] { 2, 3 })]
    [InlineData(2, "{'descr': '<i2', 'fortran_order': False, 'shape': (3,), }", new long[] { 3 })]
    [InlineData(1, "{'descr': '<i2', 'fortran_order': True, 'shape': (3,), }", new long[] { 3 })]
    [InlineData(1, "{'descr': '<i2', 'fortran_order': False, 'shape': (), }", new long[] { })]
    [InlineData(1, "{'descr': '<i2', 'fortran_order': False, 'shape': (0, 7), }", new long[] { 0, 7 })]
    public void Files_as_numpy_writes_them_are_read(byte version, string header, long[] dims)
    {
        short[] elements = [.. Enumerable.Range(-2, (int)dims.Aggregate(1L, (a, b) => a * b)).Select(i => (short)i)];
        File.WriteAllBytes(PathToFile, [.. Header(version, header), .. elements.SelectMany(BitConverter.GetBytes)]);
        Assert.Equal(elements, NpyReader.ReadAll<short>(PathToFile, out long[] found));
        Assert.Equal(dims, found);
    }

    [Fact]
    public void The_header_written_is_one_that_numpy_reads()
    {
        NpyWriter.WriteAll<float>(PathToFile, [2, 1], [1, 2]);
        byte[] bytes = File.ReadAllBytes(PathToFile);
        string text = Encoding.Latin1.GetString(bytes, 10, 246);
        Assert.Equal(256 + 8, bytes.Length);
        Assert.Equal(246, bytes[8] | bytes[9] << 8);
        Assert.Equal("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }", text.TrimEnd());
        Assert.EndsWith("\n", text);
    }

    [Fact]
    public void A_vector_has_the_comma_that_makes_a_tuple()
    {
        NpyWriter.WriteAll<float>(PathToFile, [2], [1, 2]);
        Assert.Contains("'shape': (2,), }", Encoding.Latin1.GetString(File.ReadAllBytes(PathToFile)));
    }

    [Fact]
    public void Rows_can_be_written_and_read_in_pieces()
    {
        using (NpyWriter writer = NpyWriter.Create<int>(PathToFile, 3))
        {
            writer.Write<int>([0, 1, 2, 3]);
            writer.Write<int>([4, 5]);
            Assert.False(File.Exists(PathToFile));
            writer.Complete();
        }

        using NpyReader reader = NpyReader.Open(PathToFile);
        Assert.Equal([2L, 3], reader.Dims);
        var part = new int[4];
        reader.Read<int>(part);
        Assert.Equal([0, 1, 2, 3], part);
        Assert.Equal(2, reader.Remaining);
        Assert.Throws<ArgumentException>(() => reader.Read<int>(part));
        Assert.Single(folder.GetFiles());
    }

    [Fact]
    public void A_file_not_completed_leaves_nothing()
    {
        using (NpyWriter writer = NpyWriter.Create<int>(PathToFile, 3))
        {
            writer.Write<int>([1, 2]);
            Assert.Throws<InvalidOperationException>(writer.Complete);
        }

        Assert.Empty(folder.GetFiles());
    }

    [Fact]
    public void Another_element_type_is_refused()
    {
        NpyWriter.WriteAll<float>(PathToFile, [1], [1]);
        Assert.Contains("Float32", Assert.Throws<InvalidDataException>(() => NpyReader.ReadAll<int>(PathToFile, out _)).Message);
    }

    [Theory]
    [InlineData("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }")]
    [InlineData("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 9223372036854775807), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, }")]
    [InlineData("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }")]
    [InlineData("")]
    public void Files_that_cannot_be_read_are_refused(string header)
    {
        File.WriteAllBytes(PathToFile, [.. Header(1, header), .. new byte[8]]);
        Assert.Contains(PathToFile, Assert.Throws<InvalidDataException>(() => NpyReader.Open(PathToFile)).Message);
    }

    [Fact]
    public void Damaged_files_are_read_or_refused_and_nothing_else()
    {
        NpyWriter.WriteAll<float>(PathToFile, [2, 3], [1, 2, 3, 4, 5, 6]);
        byte[] original = File.ReadAllBytes(PathToFile);
        var random = new Random(3);
        for (int i = 0; i < 500; i++)
        {
            byte[] damaged = original[..random.Next(original.Length + 1)];
            if (damaged.Length > 0)
            {
                damaged[random.Next(Math.Min(80, damaged.Length))] = (byte)random.Next(256);
            }

            File.WriteAllBytes(PathToFile, damaged);
            Exception? fault = Record.Exception(() => NpyReader.ReadAll<float>(PathToFile, out _));
            Assert.True(fault is null or InvalidDataException, $"{fault}");
        }
    }

    private static byte[] Header(byte version, string text)
    {
        byte[] length = version == 1 ? BitConverter.GetBytes((ushort)text.Length) : BitConverter.GetBytes((uint)text.Length);
        return [0x93, .. "NUMPY"u8, version, 0, .. length, .. Encoding.Latin1.GetBytes(text)];
    }

    private void RoundTrip<T>(T[] elements) where T : unmanaged
    {
        NpyWriter.WriteAll<T>(PathToFile, [elements.Length], elements);
        Assert.Equal(elements, NpyReader.ReadAll<T>(PathToFile, out long[] dims));
        Assert.Equal([elements.Length], dims);
    }
}
