using System.Runtime.InteropServices;
using Edge.Audio;

namespace Edge.Tests.Audio;

public unsafe class SoundFileSourceTests
{
    // sndfile.h: container in the upper half, coding in the lower.
    private const int Flac16 = 0x170002;
    private const int Flac24 = 0x170003;
    private const int AiffFloat = 0x020006;
    private const int OggVorbis = 0x200060;
    private const int Mp3 = 0x230082;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Flac_gives_back_every_bit(int channels)
    {
        short[] samples = SyntheticSignal.Generate(1, 20_000);
        samples[5] = short.MinValue;
        samples[6] = short.MaxValue;
        using TemporaryFile file = Write(".flac", Flac16, 44100, channels, samples);
        using IAudioSource source = AudioFile.Open(file.Path);
        Assert.IsType<SoundFileSource>(source);
        Assert.Equal((44100, channels, file.Path), (source.SampleRateHz, source.Channels, source.Name));
        Assert.Equal(samples, Sources.ReadAll(source, 999));
    }

    [Fact]
    public void More_bits_are_rounded_and_saturated_as_in_wav()
    {
        int[] left = [int.MinValue, -0x8000, -0x8100, 0x7F00, 0x8000, int.MaxValue, 0x12345600];
        using TemporaryFile file = new(".flac");
        Create(file.Path, Flac24, 16000, 1, (module, sound) =>
        {
            var write = (delegate* unmanaged<nint, int*, long, long>)NativeLibrary.GetExport(module, "sf_writef_int");
            fixed (int* samples = left)
            {
                Assert.Equal(left.Length, write(sound, samples, left.Length));
            }
        });
        Assert.Equal([-32768, 0, -1, 0, 1, 32767, 0x1234], Sources.ReadAll(SoundFileSource.Open(file.Path)));
    }

    [Fact]
    public void Float_files_keep_their_level_and_saturate()
    {
        using TemporaryFile file = WriteFloats(0.25, -0.25, 0.5 / 32768, 1, 1.7, -3, double.PositiveInfinity);
        Assert.Equal([8192, -8192, 1, 32767, 32767, -32768, 32767], Sources.ReadAll(SoundFileSource.Open(file.Path)));
    }

    [Fact]
    public void A_sample_that_is_not_a_number_is_named()
    {
        using TemporaryFile file = WriteFloats(0, 0.1, double.NaN);
        using SoundFileSource source = SoundFileSource.Open(file.Path);
        Assert.Contains("sample 2 (", Assert.Throws<AudioFormatException>(() => Sources.ReadAll(source)).Message);
    }

    [Theory]
    [InlineData(".ogg", OggVorbis, 25)]
    [InlineData(".mp3", Mp3, 25)]
    public void Lossy_files_sound_like_what_was_written(string extension, int format, double leastSnrDb)
    {
        short[] samples = [.. Enumerable.Range(0, 32_000).Select(i => (short)(12000 * Math.Sin(2 * Math.PI * 440 * i / 16000.0)))];
        using TemporaryFile file = Write(extension, format, 16000, 1, samples);
        using IAudioSource source = AudioFile.Open(file.Path);
        short[] heard = Sources.ReadAll(source);
        Assert.InRange(heard.Length, 31_000, 36_000); // MP3 pads to whole frames
        Assert.Contains(Enumerable.Range(0, 2500), delay => SnrDb(samples, heard, delay) >= leastSnrDb);
    }

    [Fact]
    public void Files_are_told_apart_by_content_not_by_name()
    {
        using TemporaryFile flac = Write(".wav", Flac16, 16000, 1, [1, 2, 3]);
        Assert.Equal([1, 2, 3], Sources.ReadAll(AudioFile.Open(flac.Path)));
        using TemporaryFile wav = new(".flac");
        WavWriter.Write(wav.Path, [4, 5], 16000);
        using IAudioSource source = AudioFile.Open(wav.Path);
        Assert.IsType<WavSource>(source);
        Assert.Equal([4, 5], Sources.ReadAll(source));
    }

    [Fact]
    public void Without_the_library_the_message_says_what_to_install()
    {
        using TemporaryFile file = new(".flac");
        File.WriteAllBytes(file.Path, [.. "fLaC"u8, 0, 0, 0, 34, 1, 2, 3, 4]);
        string message = Assert.Throws<AudioFormatException>(() => SoundFileSource.Open(file.Path, static () => false)).Message;
        Assert.Contains(file.Path, message);
        Assert.Contains("begins with 'fLaC...\"....'", message);
        Assert.Contains("apt-get install libsndfile1", message);
    }

    [Fact]
    public void Missing_and_unknown_files_are_named()
    {
        Assert.Contains("no such file", Assert.Throws<FileNotFoundException>(() => AudioFile.Open("/nowhere/x.flac")).Message);
        RequireLibrary();
        using TemporaryFile text = new(".txt");
        File.WriteAllText(text.Path, "hello, this is no sound");
        string message = Assert.Throws<AudioFormatException>(() => AudioFile.Open(text.Path)).Message;
        Assert.Contains("it begins with 'hello, this '", message);
        Assert.Contains("libsndfile cannot read it", message);
    }

    [Fact]
    public void Reading_allocates_nothing_and_not_after_disposal()
    {
        using TemporaryFile file = Write(".flac", Flac16, 16000, 2, new short[100_000]);
        SoundFileSource source = SoundFileSource.Open(file.Path);
        short[] buffer = new short[640];
        Assert.Equal(0, Sources.AllocatedBy(() =>
        {
            for (int i = 0; i < 40; i++)
            {
                Assert.True(source.Read(buffer) > 0);
            }
        }));
        source.Dispose();
        Assert.Throws<ObjectDisposedException>(() => source.Read(buffer));
    }

    private static TemporaryFile Write(string extension, int format, int rateHz, int channels, short[] frames)
    {
        TemporaryFile file = new(extension);
        Create(file.Path, format, rateHz, channels, (module, sound) =>
        {
            var write = (delegate* unmanaged<nint, short*, long, long>)NativeLibrary.GetExport(module, "sf_writef_short");
            fixed (short* samples = frames)
            {
                Assert.Equal(frames.Length / channels, write(sound, samples, frames.Length / channels));
            }
        });
        return file;
    }

    private static TemporaryFile WriteFloats(params double[] values)
    {
        TemporaryFile file = new(".aiff");
        Create(file.Path, AiffFloat, 16000, 1, (module, sound) =>
        {
            var write = (delegate* unmanaged<nint, double*, long, long>)NativeLibrary.GetExport(module, "sf_writef_double");
            fixed (double* samples = values)
            {
                Assert.Equal(values.Length, write(sound, samples, values.Length));
            }
        });
        return file;
    }

    /// <summary>Opens a file for writing through libsndfile, independently of the code under test.</summary>
    private static void Create(string path, int format, int rateHz, int channels, Action<nint, nint> write)
    {
        nint module = RequireLibrary();
        var open = (delegate* unmanaged<byte*, int, int*, nint>)NativeLibrary.GetExport(module, "sf_open");
        var close = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(module, "sf_close");
        int* info = stackalloc int[8] { 0, 0, rateHz, channels, format, 0, 0, 0 }; // SF_INFO
        nint sound;
        fixed (byte* name = System.Text.Encoding.UTF8.GetBytes(path + '\0'))
        {
            sound = open(name, 0x20, info);
        }

        Assert.SkipWhen(sound == 0, $"this libsndfile does not write format 0x{format:X}");
        write(module, sound);
        Assert.Equal(0, close(sound));
    }

    private static nint RequireLibrary()
    {
        bool loaded = NativeLibrary.TryLoad("libsndfile.so.1", out nint module) || NativeLibrary.TryLoad("libsndfile.dylib", out module)
            || NativeLibrary.TryLoad("sndfile.dll", out module);
        Assert.SkipUnless(loaded, "libsndfile is not on this machine (apt-get install libsndfile1)");
        return module;
    }

    private static double SnrDb(short[] written, short[] heard, int delay)
    {
        double signal = 0, noise = 0;
        for (int i = 4000; i < 20_000; i++)
        {
            double error = heard[i + delay] - written[i];
            signal += (double)written[i] * written[i];
            noise += error * error;
        }

        return 10 * Math.Log10(signal / (noise + 1e-9));
    }
}
