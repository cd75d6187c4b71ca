using Edge.Audio;
using static Edge.Tests.Audio.WavBytes;

namespace Edge.Tests.Audio;

public class WavFaultTests
{
    public static TheoryData<string, byte[]> BadFiles => new()
    {
        { "x.wav: there is nothing in it (0 bytes)", [] },
        { "not a WAV file; it begins with 'fLaC....'", [.. "fLaC"u8, 1, 2, 3, 4] },
        { "not a WAV file; it begins with 'RIFF'", [.. "RIFF"u8] },
        { "not a WAV file; it begins with 'RIFX", Riff("RIFX", Chunk("fmt ", Format(1, 1, 16000, 16))) },
        { "'fmt ' chunk has 14 bytes; expected at least 16", WavBytes.Wav(Format(1, 1, 16000, 16)[..14], Int16(1)) },
        { "the header says 0 channels", WavBytes.Wav(Format(1, 0, 16000, 16), Int16(1)) },
        { "the header says 65 channels; expected 1 to 64", WavBytes.Wav(Format(1, 65, 16000, 16), Int16(1)) },
        { "the header says 0 Hz; expected 8000 to 192000 Hz", WavBytes.Wav(Format(1, 1, 0, 16), Int16(1)) },
        { "the header says 7999 Hz", WavBytes.Wav(Format(1, 1, 7999, 16), Int16(1)) },
        { "the header says 192001 Hz", WavBytes.Wav(Format(1, 1, 192001, 16), Int16(1)) },
        { "the header says 4294967295 Hz", WavBytes.Wav(Format(1, 1, uint.MaxValue, 16), Int16(1)) },
        { "says 3 bytes a frame; expected 4 for 2 channels of 16 bits", WavBytes.Wav(Format(1, 2, 16000, 16, blockAlign: 3), Int16(1)) },
        { "says 0 bytes a frame", WavBytes.Wav(Format(1, 2, 16000, 16, blockAlign: 0), Int16(1)) },
        { "format tag 0x0001 with 12 bits", WavBytes.Wav(Format(1, 1, 16000, 12, blockAlign: 2), Int16(1)) },
        { "format tag 0x0003 with 16 bits", WavBytes.Wav(Format(3, 1, 16000, 16), Int16(1)) },
        { "format tag 0x0011 with 4 bits", WavBytes.Wav(Format(0x11, 1, 16000, 4, blockAlign: 256), Int16(1)) },
        { "extensible format has 39 bytes; expected 40", WavBytes.Wav(Extensible(1, 1, 16000, 16)[..39], Int16(1)) },
        { "sub-format 00000001-0000-0010-8000-00aa00389bff is unknown", WavBytes.Wav([.. Extensible(1, 1, 16000, 16)[..39], 0xFF], Int16(1)) },
        { "no 'fmt ' chunk was found", Riff("RIFF", Chunk("LIST", new byte[4])) },
        { "no 'data' chunk was found", Riff("RIFF", Chunk("fmt ", Format(1, 1, 16000, 16))) },
        { "no 'data' chunk was found", Riff("RIFF", Chunk("fmt ", Format(1, 1, 16000, 16)), Chunk("LIST", [1, 2], announced: uint.MaxValue)) },
        { "the 'data' chunk comes before any 'fmt ' chunk", Riff("RIFF", Chunk("data", Int16(1))) },
        { "ends inside the 'fmt ' chunk, after 8 bytes of it; expected 16", Riff("RIFF", Chunk("fmt ", Format(1, 1, 16000, 16)))[..28] },
        { "'ds64' chunk has 8 bytes", Riff("RF64", Chunk("ds64", new byte[8])) },
        { "'ds64' chunk has 28 bytes and no valid data length", Riff("RF64", Chunk("ds64", Enumerable.Repeat((byte)0xFF, 28).ToArray())) },
        { "no 'fmt ' chunk was found", Riff("RIFF", Enumerable.Repeat(Chunk("junk", []), 5000).ToArray()) },
    };

    [Theory]
    [MemberData(nameof(BadFiles))]
    public void A_bad_header_is_named_with_what_was_found_and_expected(string message, byte[] file)
    {
        foreach (Stream stream in new Stream[] { new MemoryStream(file), new TrickleStream(file, 1) })
        {
            AudioFormatException e = Assert.Throws<AudioFormatException>(() => new WavSource(stream, "x.wav"));
            Assert.StartsWith("x.wav: ", e.Message);
            Assert.Contains(message, e.Message);
            Assert.Contains("expected", e.Message);
        }
    }

    [Theory]
    [InlineData(32, 2, 4501)] // behind the first buffer
    [InlineData(64, 1, 0)]
    public void A_sample_that_is_not_a_number_is_named(int bits, int channels, int index)
    {
        byte[] data = new byte[5000 * bits / 8];
        (bits == 32 ? BitConverter.GetBytes(float.NaN) : BitConverter.GetBytes(double.NaN)).CopyTo(data, index * bits / 8);
        using WavSource source = new(new MemoryStream(WavBytes.Wav(Format(3, channels, 16000, bits), data)), "x.wav");
        AudioFormatException e = Assert.Throws<AudioFormatException>(() => Sources.ReadAll(source, 100));
        Assert.Contains($"sample {index} (frame {index / channels}, channel {index % channels}, ", e.Message);
        Assert.Contains("NaN", e.Message);
    }

    [Fact]
    public void A_missing_file_a_directory_and_an_empty_file_are_named()
    {
        Assert.Contains("no such file", Assert.Throws<FileNotFoundException>(() => WavSource.Open("/nowhere/x.wav")).Message);
        Assert.Contains("is a directory", Assert.Throws<AudioFormatException>(() => WavSource.Open(Path.GetTempPath())).Message);
        Assert.Contains("is a directory", Assert.Throws<AudioFormatException>(() => AudioFile.Open(Path.GetTempPath())).Message);
        Assert.Throws<ArgumentException>(() => WavSource.Open(""));
        using TemporaryFile empty = new();
        File.WriteAllBytes(empty.Path, []);
        Assert.Contains("0 bytes", Assert.Throws<AudioFormatException>(() => WavSource.Open(empty.Path)).Message);
        Assert.Contains("0 bytes", Assert.Throws<AudioFormatException>(() => AudioFile.Open(empty.Path)).Message);
    }

    [Fact]
    public void A_file_that_was_refused_is_closed_again()
    {
        using TemporaryFile file = new();
        File.WriteAllBytes(file.Path, new byte[100]);
        Assert.Throws<AudioFormatException>(() => WavSource.Open(file.Path));
        using FileStream exclusive = new(file.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.Equal(100, exclusive.Length);
    }

    [Fact]
    public void Damaged_headers_end_in_an_audio_error_or_in_sound()
    {
        byte[] good = Riff("RIFF", Chunk("LIST", new byte[3]), Chunk("fmt ", Extensible(1, 2, 16000, 24)), Chunk("data", new byte[60]));
        Random random = new(5);
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bad = good[..random.Next(good.Length / 2, good.Length + 1)];
            for (int flips = random.Next(4); flips >= 0; flips--)
            {
                bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            }

            try
            {
                using WavSource source = new(i % 2 == 0 ? new MemoryStream(bad) : new TrickleStream(bad, i), "x");
                Assert.True(Sources.ReadAll(source).Length <= bad.Length);
            }
            catch (AudioFormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1000, 19_000);
    }
}
