using Edge.Audio;
using Edge.Devices.Audio;
using NAudio.Wave;

namespace Edge.Devices.Tests.Audio;

public sealed class NAudioFileSourceTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edge-devices-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_bundled_recording_is_the_same_to_the_bit_as_this_project_reads_it() =>
        AssertSame(Path.Combine(AppContext.BaseDirectory, "keywords.wav"));

    [Theory]
    [InlineData(16, 1)]
    [InlineData(16, 2)]
    [InlineData(24, 2)]
    public void PCM_of_up_to_24_bits_is_the_same_to_the_bit(int bits, int channels)
    {
        string path = Path.Combine(folder, "noise.wav");
        var bytes = new byte[bits / 8 * channels * 5000];
        new Random(bits + channels).NextBytes(bytes);
        using (var writer = new WaveFileWriter(path, new WaveFormat(22050, bits, channels)))
        {
            writer.Write(bytes, 0, bytes.Length);
        }

        AssertSame(path);
    }

    [Theory]
    [InlineData("noise.wav")]
    [InlineData("noise.xyz")]
    public void A_file_that_NAudio_cannot_read_is_told_as_such(string name)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, "this is no sound");
        AudioFormatException refused = Assert.Throws<AudioFormatException>(() => NAudioFileSource.Open(path));
        Assert.StartsWith($"{path}: NAudio cannot read this file: ", refused.Message);
    }

    private static void AssertSame(string path)
    {
        using NAudioFileSource theirs = NAudioFileSource.Open(path);
        using WavSource ours = WavSource.Open(path);
        Assert.Equal((ours.SampleRateHz, ours.Channels), (theirs.SampleRateHz, theirs.Channels));
        Assert.Equal(ReadAll(ours), ReadAll(theirs));
    }

    private static short[] ReadAll(IAudioSource source)
    {
        var samples = new List<short>();
        var buffer = new short[1001 * source.Channels];
        int count;
        while ((count = source.Read(buffer)) > 0)
        {
            samples.AddRange(buffer[..count]);
        }

        return [.. samples];
    }
}
