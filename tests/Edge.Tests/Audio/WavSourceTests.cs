using Edge.Audio;
using static Edge.Tests.Audio.WavBytes;

namespace Edge.Tests.Audio;

public class WavSourceTests
{
    private const int Pcm = 1;
    private const int Float = 3;

    public static TheoryData<string, int, int, byte[], short[]> Encodings => new()
    {
        { "8-bit", Pcm, 8, [0, 127, 128, 129, 255], [-32768, -256, 0, 256, 32512] },
        { "16-bit", Pcm, 16, Int16(-32768, -1, 0, 1, 32767), [-32768, -1, 0, 1, 32767] },
        { "24-bit rounds with ties up and saturates", Pcm, 24, Int24(-0x800000, -0x80, -0x81, 0x7F, 0x80, 0x7FFFFF, 0x123456), [-32768, 0, -1, 0, 1, 32767, 0x1234] },
        { "32-bit rounds with ties up and saturates", Pcm, 32, Int32(int.MinValue, -0x8000, -0x8001, 0x7FFF, 0x8000, int.MaxValue, 0x12345678), [-32768, 0, -1, 0, 1, 32767, 0x1234] },
        { "float", Float, 32, Float32(-1, -0.5f, 0, 0.5f, 1, 1.5f, -7, 0.5f / 32768, -0.5f / 32768), [-32768, -16384, 0, 16384, 32767, 32767, -32768, 1, 0] },
        { "infinities", Float, 32, Float32(float.PositiveInfinity, float.NegativeInfinity, float.Epsilon), [32767, -32768, 0] },
        { "double", Float, 64, Float64(-1, 0.25, 1, 1e300, double.NegativeInfinity), [-32768, 8192, 32767, 32767, -32768] },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Every_encoding_becomes_int16(string encoding, int tag, int bits, byte[] data, short[] expected)
    {
        foreach (byte[] format in new[] { Format(tag, 1, 16000, bits), [.. Format(tag, 1, 16000, bits), 0, 0], Extensible(tag, 1, 16000, bits) })
        {
            using WavSource source = new(new MemoryStream(WavBytes.Wav(format, data)), encoding);
            Assert.Equal(16000, source.SampleRateHz);
            Assert.Equal(expected.Length, source.AnnouncedFrames);
            Assert.Equal(expected, Sources.ReadAll(source));
            Assert.False(source.Truncated);
        }
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(2, 24)]
    [InlineData(3, 16)]
    [InlineData(64, 32)]
    public void The_bits_do_not_depend_on_how_the_stream_is_cut(int channels, int bits)
    {
        byte[] data = new byte[channels * bits / 8 * 2001];
        new Random(1).NextBytes(data);
        byte[] file = WavBytes.Wav(Format(Pcm, channels, 44100, bits), data);
        short[] whole = Sources.ReadAll(new WavSource(new MemoryStream(file), "whole"));
        Assert.Equal(channels * 2001, whole.Length);
        foreach (int piece in new[] { channels, channels + 1, 200, 100_000 })
        {
            Assert.Equal(whole, Sources.ReadAll(new WavSource(new TrickleStream(file, piece), "cut"), piece));
        }
    }

    [Fact]
    public void Unknown_chunks_are_skipped_with_their_padding()
    {
        byte[] file = Riff("RIFF", Chunk("LIST", new byte[3]), Chunk("fmt ", [.. Format(Pcm, 1, 8000, 16), .. new byte[61]]),
            Chunk("junk", new byte[5001]), Chunk("data", Int16(5, -6)), Chunk("LIST", new byte[7]));
        Assert.Equal([5, -6], Sources.ReadAll(new WavSource(new MemoryStream(file), "seekable")));
        Assert.Equal([5, -6], Sources.ReadAll(new WavSource(new TrickleStream(file, 1), "pipe")));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(0xFFFFFFFFu)]
    [InlineData(0x7FFFF024u)] // sox
    public void A_length_that_a_pipe_left_open_is_read_to_the_end(uint announced)
    {
        byte[] file = Riff("RIFF", Chunk("fmt ", Format(Pcm, 1, 16000, 16)), Chunk("data", Int16(1, 2, 3), announced));
        file[4] = file[5] = 0xFF; // the length in the first chunk is as meaningless
        foreach (Stream stream in new Stream[] { new MemoryStream(file), new TrickleStream(file, 3) })
        {
            using WavSource source = new(stream, "pipe");
            Assert.Null(source.AnnouncedFrames);
            Assert.Equal([1, 2, 3], Sources.ReadAll(source));
            Assert.False(source.Truncated);
        }
    }

    [Fact]
    public void An_empty_recording_does_not_play_the_chunk_behind_it()
    {
        byte[] file = Riff("RIFF", Chunk("fmt ", Format(Pcm, 1, 16000, 16)), Chunk("data", []), Chunk("LIST", new byte[10]));
        using WavSource source = new(new MemoryStream(file), "empty");
        Assert.Empty(Sources.ReadAll(source));
        Assert.Equal(0, source.AnnouncedFrames);
        Assert.False(source.Truncated);
    }

    [Theory]
    [InlineData(0, 4, false)]
    [InlineData(1, 3, true)] // inside a sample
    [InlineData(2, 3, true)]
    [InlineData(8, 0, true)]
    public void Truncated_data_plays_what_is_there_and_says_so(int missingBytes, int frames, bool truncated)
    {
        byte[] file = WavBytes.Wav(Format(Pcm, 1, 16000, 16), Int16(1, 2, 3, 4));
        using WavSource source = new(new MemoryStream(file[..^missingBytes]), "cut");
        Assert.False(source.Truncated);
        Assert.Equal(new short[] { 1, 2, 3, 4 }.Take(frames), Sources.ReadAll(source));
        Assert.Equal(truncated, source.Truncated);
        Assert.Equal(4, source.AnnouncedFrames);
    }

    [Fact]
    public void A_data_chunk_that_ends_inside_a_frame_drops_the_part_and_says_so()
    {
        using WavSource source = new(new MemoryStream(WavBytes.Wav(Format(Pcm, 2, 16000, 16), Int16(1, 2, 3))), "odd");
        Assert.Equal([1, 2], Sources.ReadAll(source));
        Assert.True(source.Truncated);
    }

    [Theory]
    [InlineData("RF64")]
    [InlineData("BW64")]
    public void The_64_bit_form_takes_its_length_from_ds64(string id)
    {
        byte[] ds64 = [.. new byte[8], .. BitConverter.GetBytes(4L), .. new byte[12]];
        byte[] file = Riff(id, Chunk("ds64", ds64), Chunk("fmt ", Format(Pcm, 1, 16000, 16)), Chunk("data", Int16(7, 8, 9), uint.MaxValue));
        using WavSource source = new(new MemoryStream(file), id);
        Assert.Equal([7, 8], Sources.ReadAll(source));
        Assert.Equal(2, source.AnnouncedFrames);
    }

    [Fact]
    public void A_file_round_trips_through_writer_and_source()
    {
        short[] samples = SyntheticSignal.Generate(3, 30_000);
        using TemporaryFile file = new();
        WavWriter.Write(file.Path, samples, 48000, channels: 3);
        using WavSource source = WavSource.Open(file.Path);
        Assert.Equal((48000, 3, 10_000L), (source.SampleRateHz, source.Channels, source.AnnouncedFrames));
        Assert.Equal(file.Path, source.Name);
        Assert.Equal(samples, Sources.ReadAll(source, 1000));
    }

    [Fact]
    public void Reading_allocates_nothing()
    {
        using TemporaryFile file = new();
        WavWriter.Write(file.Path, new short[200_000], 16000, 2);
        using WavSource source = WavSource.Open(file.Path);
        short[] buffer = new short[320];
        Assert.Equal(0, Sources.AllocatedBy(() =>
        {
            for (int i = 0; i < 150; i++)
            {
                Assert.True(source.Read(buffer) > 0);
            }
        }));
    }

    [Fact]
    public void A_buffer_below_one_frame_is_the_callers_fault()
    {
        using WavSource source = new(new MemoryStream(WavBytes.Wav(Format(Pcm, 2, 16000, 16), Int16(1, 2))), "x");
        Assert.Throws<ArgumentException>(() => source.Read(new short[1]));
    }

    private static byte[] Int24(params int[] samples) => samples.SelectMany(s => BitConverter.GetBytes(s)[..3]).ToArray();

    private static byte[] Int32(params int[] samples) => samples.SelectMany(BitConverter.GetBytes).ToArray();

    private static byte[] Float32(params float[] samples) => samples.SelectMany(BitConverter.GetBytes).ToArray();

    private static byte[] Float64(params double[] samples) => samples.SelectMany(BitConverter.GetBytes).ToArray();
}
