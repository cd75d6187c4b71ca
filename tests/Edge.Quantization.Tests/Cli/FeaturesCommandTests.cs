using System.Text.Json;
using Edge.Audio;
using Edge.Cli;
using Edge.Features;
using Edge.Quantization.Calibration;
using Edge.Quantization.Cli;

namespace Edge.Quantization.Tests.Cli;

public sealed class FeaturesCommandTests : IDisposable
{
    private static readonly CommandLine Program = new("edgec", "", FeaturesCommand.Command);
    private readonly string folder = Directory.CreateTempSubdirectory("edge-features-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Features_are_those_of_the_devices_front_end()
    {
        short[] sound = Wav("a.wav", 8_000);

        Assert.Equal(ExitCode.Done, Run("--front-end", "micro", "--out", At("a.npy"), At("a.wav")));

        short[] features = NpyReader.ReadAll<short>(At("a.npy"), out long[] dims);
        Assert.Equal([(8_000 - 480) / 160 + 1, 40L], dims);
        Assert.Equal(Expected(sound, new MicroOptions()), Array.ConvertAll(features, value => (int)value));
    }

    [Fact]
    public void Centred_frames_at_the_end_are_not_lost()
    {
        short[] sound = Wav("a.wav", 4_000);

        Assert.Equal(ExitCode.Done, Run("--front-end", "log-mel", "--convention", "librosa", "--out", At("a.npy"), At("a.wav")));

        int[] features = NpyReader.ReadAll<int>(At("a.npy"), out long[] dims);
        Assert.Equal([4_000 / 160 + 1, 40L], dims);
        Assert.Equal(Expected(sound, LogMelOptions.Librosa(16_000)), features);
    }

    [Fact]
    public void A_folders_tree_is_kept_and_a_list_is_relative_to_itself()
    {
        Wav("in/b/2.wav", 1_000);
        Wav("in/a.wav", 1_000);
        File.WriteAllText(At("in/list.txt"), "# a comment\n\n  b/2.wav\n../in/a.wav\n");

        Assert.Equal(ExitCode.Done, Run("--front-end", "micro", "--out", At("tree"), At("in")));
        Assert.Equal(ExitCode.Done, Run("--front-end", "micro", "--out", At("list"), At("in/list.txt")));

        foreach (string output in new[] { "tree", "list" })
        {
            Assert.True(File.Exists(At($"{output}/b/2.npy")));
            Assert.True(File.Exists(At($"{output}/a.npy")));
        }
    }

    [Fact]
    public void One_file_holds_all_frames_in_the_order_of_its_index()
    {
        short[] first = Wav("in/1.wav", 3_000), second = Wav("in/2.wav", 1_000);

        Assert.Equal(ExitCode.Done, Run("--front-end", "pcm", "--concat", "--out", At("all.npy"), At("in")));

        short[] features = NpyReader.ReadAll<short>(At("all.npy"), out _);
        JsonElement index = JsonDocument.Parse(File.ReadAllText(At("all.json"))).RootElement;
        Assert.Equal([At("in/1.wav"), At("in/2.wav")], index.EnumerateArray().Select(entry => entry.GetProperty("file").GetString()));
        Assert.Equal([0, first.Length / 160], index.EnumerateArray().Select(entry => entry.GetProperty("start").GetInt32()));
        Assert.Equal([.. first[..(first.Length / 160 * 160)], .. second[..(second.Length / 160 * 160)]], features);
    }

    [Fact]
    public void A_recording_that_cannot_be_read_stops_none_of_the_others()
    {
        Wav("good.wav", 1_000);
        File.WriteAllText(At("bad.wav"), "RIFF, but nothing more");

        Assert.Equal(ExitCode.BadInputFile, Run("--front-end", "micro", "--out", At("out"), At("bad.wav"), At("good.wav")));

        Assert.True(File.Exists(At("out/good.npy")));
        Assert.False(File.Exists(At("out/bad.npy")));
    }

    [Fact]
    public void A_feature_that_does_not_fit_is_not_cut()
    {
        Wav("a.wav", 4_000);

        Assert.Equal(ExitCode.WrongUsage, Run("--front-end", "log-mel", "--type", "int16", "--out", At("a.npy"), At("a.wav")));
        Assert.False(File.Exists(At("a.npy")));
    }

    [Fact]
    public void Sound_shorter_than_a_window_has_no_frames()
    {
        Wav("a.wav", 100);

        Assert.Equal(ExitCode.Done, Run("--front-end", "micro", "--out", At("a.npy"), At("a.wav")));

        NpyReader.ReadAll<short>(At("a.npy"), out long[] dims);
        Assert.Equal([0, 40L], dims);
    }

    [Theory]
    [InlineData(ExitCode.WrongUsage, "--front-end", "micro", "a.wav")] // no --out
    [InlineData(ExitCode.WrongUsage, "--front-end", "micro", "--out", "o")] // no recording
    [InlineData(ExitCode.WrongUsage, "--front-end", "micro", "--out", "o", "a.wav", "a.wav")] // one name twice
    [InlineData(ExitCode.WrongUsage, "--front-end", "micro", "--out", "o.npy", "a.wav", "b.wav")] // one file for two
    [InlineData(ExitCode.WrongUsage, "--front-end", "micro", "--concat", "--out", "o", "a.wav")] // a folder for one
    [InlineData(ExitCode.WrongUsage, "--front-end", "micro", "--type", "int8", "--out", "o", "a.wav")]
    [InlineData(ExitCode.BadInputFile, "--front-end", "micro", "--channel", "1", "--out", "o", "a.wav")]
    [InlineData(ExitCode.BadInputFile, "--front-end", "micro", "--out", "o", "missing.wav")]
    public void Wrong_calls_have_their_exit_code(int expected, params string[] args)
    {
        Wav("a.wav", 1_000);
        Wav("b.wav", 1_000);

        Assert.Equal(expected, Run([.. args.Select(arg => arg.EndsWith(".wav", StringComparison.Ordinal) || arg.StartsWith('o') ? At(arg) : arg)]));
    }

    private static int Run(params string[] args) => Program.Run(["features", .. args]);

    private static List<int> Expected(ReadOnlySpan<short> sound, FrontEndOptions options)
    {
        FrontEnd frontEnd = FrontEnd.Create(options);
        ReadOnlySpan<short> padded = [.. sound, .. new short[frontEnd.TrailingZeros]];
        var features = new List<int>();
        var frame = new int[frontEnd.Bins];
        while (frontEnd.TryRead(ref padded, frame))
        {
            features.AddRange(frame);
        }

        return features;
    }

    private string At(string name) => Path.Combine(folder, name);

    private short[] Wav(string name, int samples)
    {
        short[] sound = SyntheticSignal.Generate((uint)samples, samples);
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        WavWriter.Write(At(name), sound, 16_000);
        return sound;
    }
}
