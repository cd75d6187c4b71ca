using Edge.Audio;

namespace Edge.Tests.Audio;

public class WavWriterTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(2026)] // the first block exactly full
    [InlineData(2027)]
    [InlineData(100_001)]
    public void Every_byte_is_as_the_format_says(int samples)
    {
        short[] signal = SyntheticSignal.Generate(9, samples);
        using MemoryStream stream = new();
        WavWriter.Write(stream, signal, 16000);
        Assert.Equal(WavBytes.Wav(WavBytes.Format(1, 1, 16000, 16), WavBytes.Int16(signal)), stream.ToArray());
    }

    [Fact]
    public void Wrong_arguments_write_nothing()
    {
        using MemoryStream stream = new();
        Assert.Throws<ArgumentException>(() => WavWriter.Write(stream, [1, 2, 3], 16000, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => WavWriter.Write(stream, [1], 1000));
        Assert.Throws<ArgumentOutOfRangeException>(() => WavWriter.Write(stream, [1], 16000, 0));
        Assert.Equal(0, stream.Length);
    }
}
