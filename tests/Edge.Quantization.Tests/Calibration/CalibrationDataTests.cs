using Edge.Audio;
using Edge.Features;
using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Tests.Calibration;

public sealed class CalibrationDataTests : IDisposable
{
    private static readonly MicroOptions Micro = new();
    private static readonly ValueInfo AnyLength = new("x", ElementType.Float32, [1, "time", 40]);

    private readonly string folder = Directory.CreateTempSubdirectory("edge-calibration-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Sound_becomes_what_the_front_end_makes_of_it()
    {
        Wav("a.wav", 16_000);
        CalibrationSample sample = Assert.Single(Open(AnyLength).Samples());

        int[] features = new FeatureExtractor(Micro).Extract(At("a.wav"));
        Assert.Equal(At("a.wav"), sample.Name);
        Assert.Equal([1L, 98, 40], sample.Tensors["x"].Dims.ToArray());
        Assert.Equal(Array.ConvertAll(features, feature => (float)feature / (1 << new FeatureExtractor(Micro).FractionBits)), Elements(sample));
    }

    [Fact]
    public void Features_may_have_a_unit_of_their_own()
    {
        Wav("a.wav", 1_600); // shorter than the window, which silence fills
        int[] features = new FeatureExtractor(Micro).Extract(At("a.wav"));
        int frames = features.Length / 40;
        NpyWriter.WriteAll<int>(At("b.npy"), [frames, 40], features);

        CalibrationSample[] samples = [.. Open(Input(1, 12, 40), new CalibrationOptions { FeatureUnit = 5f / 128 }).Samples()];

        int[] padded = [.. features, .. Enumerable.Repeat(new FeatureExtractor(Micro).Silence(), 12 - frames).SelectMany(frame => frame)];
        Assert.Equal(2, samples.Length);
        Assert.All(samples, sample => Assert.Equal(Array.ConvertAll(padded, feature => feature * (5f / 128)), Elements(sample)));
    }

    [Fact]
    public void A_fixed_length_gets_windows_and_no_rest()
    {
        Wav("a.wav", 16_000); // 98 frames
        float[] whole = Elements(Assert.Single(Open(AnyLength).Samples()));

        CalibrationSample[] windows = [.. Open(Input(1, 40, 40)).Samples()];

        Assert.Equal([At("a.wav"), At("a.wav") + "[40]"], windows.Select(window => window.Name));
        Assert.Equal(whole[..(80 * 40)], windows.SelectMany(Elements));
    }

    [Fact]
    public void A_clip_too_short_for_a_window_is_filled_up_with_silence()
    {
        Wav("a.wav", 8_000); // 48 frames
        var logMel = new LogMelOptions();
        float[] window = Elements(Assert.Single(Open(Input(1, 60, 40), logMel).Samples()));

        float silence = (float)new FeatureExtractor(logMel).Silence()[0] / (1 << new FeatureExtractor(logMel).FractionBits);
        Assert.True(silence < -5); // the logarithm's floor, not 0
        Assert.All(window[(48 * 40)..], value => Assert.Equal(silence, value));
        Assert.NotEqual(silence, window[47 * 40]);
    }

    [Fact]
    public void A_long_clip_comes_in_pieces_where_the_model_takes_any_length()
    {
        Wav("a.wav", 5 * 16_000);
        CalibrationSample[] pieces = [.. Open(AnyLength, options: new() { MaxSeconds = 2 }).Samples()];
        Assert.Equal([200L, 200], pieces.Select(piece => piece.Tensors["x"].Dims[1]));
    }

    [Fact]
    public void Features_go_where_the_input_has_them()
    {
        Wav("a.wav", 16_000);
        float[] frames = Elements(Assert.Single(Open(AnyLength).Samples()));

        CalibrationSample turned = Assert.Single(Open(Input(-1, 40, -1)).Samples());
        CalibrationSample image = Assert.Single(Open(Input(1, 1, 98, 40)).Samples());

        Assert.Equal([1L, 40, 98], turned.Tensors["x"].Dims.ToArray());
        Assert.Equal(frames[3 * 40 + 7], Elements(turned)[7 * 98 + 3]);
        Assert.Equal([1L, 1, 98, 40], image.Tensors["x"].Dims.ToArray());
        Assert.Equal(frames, Elements(image));
    }

    [Fact]
    public void A_model_of_samples_gets_samples()
    {
        short[] sound = Wav("a.wav", 2_500);
        var pcm = new PcmOptions();

        CalibrationSample whole = Assert.Single(Open(Input(1, -1), pcm).Samples());
        CalibrationSample[] windows = [.. Open(Input(1, 1_000, 1), pcm).Samples()];

        Assert.Equal(Array.ConvertAll(sound, sample => sample / 32768f), Elements(whole));
        Assert.Equal([1L, 1_000, 1], windows[1].Tensors["x"].Dims.ToArray());
        Assert.Equal(Elements(whole)[..2_000], windows.SelectMany(Elements));
    }

    [Fact]
    public void Integer_features_are_those_of_the_recording()
    {
        Wav("a.wav", 16_000);
        int[] features = new FeatureExtractor(Micro).Extract(At("a.wav"));
        NpyWriter.WriteAll<short>(At("b.npy"), [98, 40], Array.ConvertAll(features, feature => (short)feature));
        CalibrationSample[] samples = [.. Open(AnyLength).Samples()];
        Assert.Equal(Elements(samples[0]), Elements(samples[1]));
    }

    [Fact]
    public void Arrays_of_several_recordings_and_of_the_inputs_own_shape_are_taken()
    {
        float[] ramp = [.. Enumerable.Range(0, 3 * 5 * 4).Select(i => (float)i)];
        NpyWriter.WriteAll<float>(At("a.npy"), [3, 5, 4], ramp);
        CalibrationData data = Open(Input(1, -1, 4), frontEnd: null);
        Assert.Equal(3, data.Count);
        Assert.Equal(ramp, data.Samples().SelectMany(Elements));
        Assert.Equal([At("a.npy") + "#0", At("a.npy") + "#1", At("a.npy") + "#2"], data.Samples().Select(sample => sample.Name));

        CalibrationSample[] images = [.. Open(Input(-1, 5, 4), frontEnd: null).Samples()];
        Assert.Equal(ramp[20..40], Elements(images[1]));
    }

    [Fact]
    public void Clips_are_found_in_the_whole_tree_in_one_order_and_the_limit_spreads()
    {
        for (int i = 9; i >= 0; i--)
        {
            Wav($"{i % 2}/{i}.wav", 800 + i);
        }

        File.WriteAllText(At("notes.txt"), "no clip");
        int done = 0;
        CalibrationData data = Open(AnyLength, options: new() { Limit = 3 });
        string[] names = [.. data.Samples(() => done++).Select(sample => Path.GetFileName(sample.Name))];

        Assert.Equal((3, 3), (data.Count, done));
        Assert.Equal(["0.wav", "6.wav", "3.wav"], names); // of 0 2 4 6 8 1 3 5 7 9
        Assert.Equal(names, data.Samples().Select(sample => Path.GetFileName(sample.Name)));
        Assert.Equal(10, Open(AnyLength, options: new() { Limit = 50 }).Count);
    }

    [Fact]
    public void Other_rates_are_resampled_with_one_note()
    {
        WavWriter.Write(At("a.wav"), SyntheticSignal.Generate(1, 44_100), 44_100);
        WavWriter.Write(At("b.wav"), SyntheticSignal.Generate(2, 44_100), 44_100);
        var notes = new List<string>();
        CalibrationSample[] samples = [.. Open(AnyLength, options: new() { Note = notes.Add }).Samples()];
        Assert.Equal(98, samples[0].Tensors["x"].Dims[1]);
        Assert.Contains("44100 Hz", Assert.Single(notes), StringComparison.Ordinal);
    }

    [Fact]
    public void The_front_end_of_the_metadata_serves_where_none_is_given()
    {
        Wav("a.wav", 16_000);
        ModelGraph graph = new() { Inputs = { AnyLength } };
        ModelMetadata.SetFrontEnd(graph, Micro);
        Assert.Single(CalibrationData.Open(graph, [folder], null, new()).Samples());
    }

    [Fact]
    public void Several_inputs_take_a_folder_each()
    {
        ValueInfo[] inputs = [new("sound", ElementType.Float32, [1, "time"]), new("length", ElementType.Int64, [1])];
        foreach (string name in (string[])["b", "a"])
        {
            Directory.CreateDirectory(At("sound"));
            Directory.CreateDirectory(At("length"));
            NpyWriter.WriteAll<float>(At($"sound/{name}.npy"), [1, 2], [name[0], 2]);
            NpyWriter.WriteAll<long>(At($"length/{name}.npy"), [1], [name[0]]);
        }

        CalibrationSample[] samples = [.. CalibrationData.Open(inputs, [folder], null, new()).Samples()];
        Assert.Equal(["a.npy", "b.npy"], samples.Select(sample => sample.Name));
        Assert.Equal(['a'], samples[0].Tensors["length"].Elements<long>());
        Assert.Equal([(float)'b', 2], samples[1].Tensors["sound"].Elements<float>());

        File.Delete(At("length/b.npy"));
        Assert.Contains("b.npy is not in every input's folder", Assert.Throws<FileNotFoundException>(() => CalibrationData.Open(inputs, [folder], null, new())).Message);
    }

    [Fact]
    public void Silence_alone_is_refused_and_silence_among_sound_is_not()
    {
        WavWriter.Write(At("a.wav"), new short[16_000], 16_000);
        Assert.Contains("silence only", Assert.Throws<InvalidDataException>(() => Open(AnyLength)).Message);
        Assert.Contains("silence only", Assert.Throws<InvalidDataException>(() => Open(AnyLength, new LogMelOptions())).Message);
        Wav("b.wav", 16_000);
        Assert.Equal(2, Open(AnyLength).Samples().Count());
    }

    [Fact]
    public void A_clip_that_is_cut_off_stops_with_its_name()
    {
        Wav("a.wav", 16_000);
        Wav("b.wav", 16_000);
        File.WriteAllBytes(At("b.wav"), File.ReadAllBytes(At("b.wav"))[..20_000]);
        Assert.Contains("b.wav: the file ends before", Assert.Throws<AudioFormatException>(() => Open(AnyLength).Samples().Count()).Message);
    }

    [Fact]
    public void A_clip_without_a_frame_stops_with_its_name()
    {
        Wav("a.wav", 16_000);
        Wav("b.wav", 100);
        Assert.Contains("b.wav is too short: not one frame of 480 samples", Assert.Throws<InvalidDataException>(() => Open(AnyLength).Samples().Count()).Message);
    }

    [Fact]
    public void What_is_not_there_or_empty_is_named()
    {
        Assert.Contains("missing: there is no such file or folder", Assert.Throws<FileNotFoundException>(() => Open(AnyLength, paths: At("missing"))).Message);
        Assert.Contains("hold no recording", Assert.Throws<FileNotFoundException>(() => Open(AnyLength)).Message);
    }

    [Fact]
    public void Arrays_that_do_not_fit_are_named_with_both_shapes()
    {
        NpyWriter.WriteAll<float>(At("a.npy"), [10, 7], new float[70]);
        Assert.Contains("a.npy has shape [10, 7]; expected [frames, 40]", Fault());
        NpyWriter.WriteAll<float>(At("a.npy"), [0, 40], []);
        Assert.Contains("holds no frame", Fault());
        NpyWriter.WriteAll<double>(At("a.npy"), [1, 40], new double[40]);
        Assert.Contains("holds Float64; expected Float32", Fault());
        NpyWriter.WriteAll<short>(At("a.npy"), [1, 40], new short[40]);
        Assert.Contains("without a front end", Assert.Throws<InvalidDataException>(() => Open(AnyLength, frontEnd: null)).Message);
        NpyWriter.WriteAll<float>(At("a.npy"), [2, 40], [.. Enumerable.Repeat(1f, 50), float.NaN, .. new float[29]]);
        Assert.Contains("holds NaN at element 50", Fault());
        NpyWriter.WriteAll<float>(At("a.npy"), [5, 40], [.. Enumerable.Range(0, 200).Select(i => (float)i)]);
        Assert.Contains("has 5 frames; the input x: Float32 [1, 9, 40] takes 9", Assert.Throws<InvalidDataException>(() => Open(Input(1, 9, 40), frontEnd: null)).Message);

        string Fault() => Assert.Throws<InvalidDataException>(() => Open(AnyLength)).Message;
    }

    [Fact]
    public void An_input_that_the_front_end_does_not_fit_is_named_with_both()
    {
        Wav("a.wav", 16_000);
        Assert.Contains("x: Float32 [1, ?, 39] does not take what the micro front end makes: 40", Assert.Throws<InvalidDataException>(() => Open(Input(1, -1, 39))).Message);
        Assert.Contains("nothing says how", Assert.Throws<InvalidDataException>(() => Open(AnyLength, frontEnd: null)).Message);
    }

    private static ValueInfo Input(params long[] dims) => new("x", ElementType.Float32, [.. dims.Select(dim => new Dimension(dim))]);

    private static float[] Elements(CalibrationSample sample) => sample.Tensors["x"].Elements<float>();

    private CalibrationData Open(ValueInfo input, CalibrationOptions? options = null, string? paths = null) => Open(input, Micro, options, paths);

    private CalibrationData Open(ValueInfo input, FrontEndOptions? frontEnd, CalibrationOptions? options = null, string? paths = null) =>
        CalibrationData.Open([input], [paths ?? folder], frontEnd, options ?? new());

    private string At(string name) => Path.Combine(folder, name);

    private short[] Wav(string name, int samples)
    {
        short[] sound = SyntheticSignal.Generate((uint)samples, samples);
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        WavWriter.Write(At(name), sound, 16_000);
        return sound;
    }
}
