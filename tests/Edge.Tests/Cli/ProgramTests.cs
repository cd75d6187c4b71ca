using System.Text.Json;
using Edge.Audio;
using Edge.Cli;
using Edge.Tests.Detection;

namespace Edge.Tests.Cli;

public sealed partial class ProgramTests : IDisposable
{
    private static readonly short[] Words = TinyModel.Sound(16_000, (0, 500), (TinyModel.Loud, 200), (0, 300), (-TinyModel.Loud, 200), (0, 500));

    private readonly string folder = Directory.CreateTempSubdirectory("edge-cli-").FullName;
    private readonly string model;
    private readonly string recording;

    public ProgramTests()
    {
        model = TinyModel.Write(folder);
        recording = InFolder("words.wav");
        WavWriter.Write(recording, Words, 16_000);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Run_prints_an_object_for_each_event()
    {
        (int code, string[] lines, string errors) = Run("run", "--model", model, "--json", recording);
        Assert.Equal((ExitCode.Done, ""), (code, errors));
        Assert.Equal(2, lines.Length);
        Assert.Equal($$"""{"file":"{{recording}}","model":"tiny","label":"high","score":""", lines[0][..lines[0].LastIndexOf("\"score\":", StringComparison.Ordinal)] + "\"score\":");
        JsonElement low = JsonDocument.Parse(lines[1]).RootElement;
        Assert.Equal(["file", "model", "label", "score", "start_s", "end_s"], low.EnumerateObject().Select(p => p.Name));
        Assert.Equal("low", low.GetProperty("label").GetString());
        Assert.Equal("0.95", low.GetProperty("start_s").GetRawText().TrimEnd('0'));
        Assert.Equal("1.05", low.GetProperty("end_s").GetRawText().TrimEnd('0'));
        Assert.InRange(low.GetProperty("score").GetDouble(), 0.8, 1);
    }

    [Fact]
    public void Run_prints_a_line_for_each_event_to_people()
    {
        (int code, string[] lines, _) = Run("run", "--model", model, recording, recording);
        Assert.Equal(ExitCode.Done, code);
        Assert.Equal([$"{recording}  0.45-0.55 s  high", $"{recording}  0.95-1.05 s  low"], lines[..2].Select(l => string.Join("  ", l.Split("  ")[..3])));
        Assert.Equal(lines[..2], lines[2..]); // the second file is heard as freshly as the first
    }

    [Fact]
    public void Run_hears_files_of_any_rate_with_models_of_any_rate()
    {
        string other = TinyModel.Write(folder, "narrow", 8_000);
        string wide = InFolder("wide.wav");
        WavWriter.Write(wide, TinyModel.Sound(48_000, (0, 500), (TinyModel.Loud, 200), (0, 500)), 48_000);
        (int code, string[] lines, _) = Run("run", "--json", "--model", model, "--model", other, recording, wide);
        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(
            ["narrow", "narrow", "narrow", "tiny", "tiny", "tiny"],
            lines.Select(l => JsonDocument.Parse(l).RootElement.GetProperty("model").GetString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Run_prints_the_scores_of_every_step_on_request()
    {
        (_, string[] lines, _) = Run("run", "--model", model, "--json", "--scores", recording);
        Assert.Equal(170 + 2, lines.Length);
        JsonElement first = JsonDocument.Parse(lines[0]).RootElement;
        Assert.Equal(0.01, first.GetProperty("time_s").GetDouble());
        Assert.Equal(["silence", "high", "low"], first.GetProperty("scores").EnumerateObject().Select(p => p.Name));
        Assert.True(first.GetProperty("scores").GetProperty("silence").GetDouble() > 0.9);
    }

    [Fact]
    public void One_channel_is_heard_on_request()
    {
        string stereo = InFolder("stereo.wav");
        WavWriter.Write(stereo, [.. Words.SelectMany(s => (short[])[0, s])], 16_000, channels: 2);
        Assert.Empty(Run("run", "--model", model, "--channel", "0", stereo).Lines);
        Assert.Equal(2, Run("run", "--model", model, "--channel", "1", stereo).Lines.Length);
        (int code, _, string errors) = Run("run", "--model", model, "--channel", "2", stereo);
        Assert.Equal(ExitCode.BadInputFile, code);
        Assert.Contains("no channel 2; expected --channel 0 to 1", errors);
    }

    [Fact]
    public void Run_goes_on_after_a_bad_file_and_says_so_at_the_end()
    {
        string bad = Write("bad.wav", "RIFF\0\0\0\0WAVEdata"u8);
        (int code, string[] lines, string errors) = Run("run", "--model", model, InFolder("missing.wav"), bad, folder, Write("empty.wav", []), recording);
        Assert.Equal(ExitCode.BadInputFile, code);
        Assert.Equal(2, lines.Length);
        Assert.All(["missing.wav", "bad.wav", folder, "empty.wav"], name => Assert.Contains(name, errors));
        Assert.Equal(4, errors.Split("edge: ").Length - 1);
    }

    [Fact]
    public void A_truncated_recording_is_heard_as_far_as_it_goes_and_reported()
    {
        byte[] whole = File.ReadAllBytes(recording);
        string cut = Write("cut.wav", whole.AsSpan(0, whole.Length * 2 / 3 + 1));
        (int code, string[] lines, string errors) = Run("run", "--model", model, cut);
        Assert.Equal((ExitCode.Done, 2), (code, lines.Length));
        Assert.Contains("ends before", errors);
    }

    [Theory]
    [InlineData("missing.edge", "missing.edge")]
    [InlineData(".", "folder")]
    [InlineData("text.edge", "not a usable model")]
    [InlineData("empty.edge", "0 bytes")]
    [InlineData("words.wav", "not a usable model")]
    public void A_model_that_cannot_be_read_is_named(string name, string expected)
    {
        Write("text.edge", "a letter, not a model"u8);
        Write("empty.edge", []);
        string path = InFolder(name);
        foreach (string[] command in (string[][])[["run", "--model", path, recording], ["listen", "--model", path, "-"], ["inspect", path], ["verify", path], ["bench", "--model", path]])
        {
            (int code, string[] lines, string errors) = Run(command);
            Assert.Equal((ExitCode.BadInputFile, 0), (code, lines.Length));
            Assert.Contains(expected, errors);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("run --model m.edge ''")]
    [InlineData("run --model '' a.wav")]
    [InlineData("run --model= a.wav")]
    [InlineData("hear")]
    [InlineData("run a.wav")]
    [InlineData("run --model m.edge")]
    [InlineData("run --model")]
    [InlineData("run --modle m.edge a.wav")]
    [InlineData("run --model m.edge --threshold 2 a.wav")]
    [InlineData("run --model m.edge --min-ms -1 a.wav")]
    [InlineData("listen --model m.edge --offset-threshold x -")]
    [InlineData("run --model m.edge --channel x a.wav")]
    [InlineData("listen --model m.edge")]
    [InlineData("listen --model m.edge a b")]
    [InlineData("listen --model m.edge --rate 1 -")]
    [InlineData("inspect")]
    [InlineData("inspect a b")]
    [InlineData("verify")]
    [InlineData("verify --kernels mmx m.edge")]
    [InlineData("bench")]
    [InlineData("doctor x.edge")]
    public void Wrong_usage_is_told_apart(string line)
    {
        (int code, string[] lines, string errors) = Run([.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(argument => argument.Trim('\''))]);
        Assert.Equal((ExitCode.WrongUsage, 0), (code, lines.Length));
        Assert.NotEmpty(errors);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("listen")]
    [InlineData("inspect")]
    [InlineData("verify")]
    [InlineData("bench")]
    [InlineData("doctor")]
    public void Every_command_has_help_with_an_example(string command)
    {
        (int code, string[] lines, _) = Run(command, "--help");
        Assert.Equal(ExitCode.Done, code);
        Assert.StartsWith($"usage: edge {command}", lines[0]);
        Assert.Contains("example:", lines);
    }

    [Fact]
    public void Verify_passes_a_sound_model_with_any_kernels()
    {
        Assert.Equal(ExitCode.Done, Run("verify", model).Code);
        Assert.Equal(ExitCode.Done, Run("verify", "--kernels", "reference", "--json", model).Code);
    }

    [Fact]
    public void Verify_fails_a_model_whose_scores_differ_or_that_has_no_self_test()
    {
        string changed = TinyModel.Write(folder, "changed", digest: new string('0', 64));
        string silent = Write("silent.edge", TinyModel.File());
        (int code, string[] lines, string errors) = Run("verify", "--json", model, changed, silent);
        Assert.Equal(ExitCode.WorkFailed, code);
        Assert.Equal([true, false], lines.Select(l => JsonDocument.Parse(l).RootElement.GetProperty("ok").GetBoolean()));
        Assert.Contains("silent.edge holds no self-test", errors);
        Assert.Equal(ExitCode.BadInputFile, Run("verify", model, changed, InFolder("missing.edge")).Code);
    }

    [Fact]
    public void Inspect_shows_the_model()
    {
        string[] lines = Run("inspect", model).Lines;
        Assert.Contains(lines, l => l.StartsWith("fully-connected", StringComparison.Ordinal) && l.Contains("480"));
        Assert.Contains(lines, l => l.Contains("low") && l.Contains("threshold 0.8"));
        Assert.Contains(lines, l => l.Contains("silence") && l.Contains("background"));
        Assert.Contains(lines, l => l.Contains("provenance") && l.Contains("tests"));
        JsonElement json = JsonDocument.Parse(Assert.Single(Run("inspect", "--json", model).Lines)).RootElement;
        Assert.Equal(480, json.GetProperty("macs_per_step").GetInt64());
        Assert.Equal("pcm", json.GetProperty("frontEnd").GetProperty("kind").GetString());
        Assert.Equal(2, json.GetProperty("layers").GetArrayLength());
    }

    [Fact]
    public void Inspect_verify_and_bench_take_a_model_of_sound_events()
    {
        string sounds = TinyModel.Write(folder, "sounds", detection: TinyModel.SoundEvents);
        string[] lines = Run("inspect", sounds).Lines;
        Assert.Contains(lines, l => l.StartsWith("detection   sound-event, onset 0.5, offset 0.3", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("class high", StringComparison.Ordinal) && l.EndsWith("onset 0.5, offset 0.3: high; below loud", StringComparison.Ordinal));
        JsonElement json = JsonDocument.Parse(Assert.Single(Run("inspect", "--json", sounds).Lines)).RootElement;
        Assert.Equal("sound-event", json.GetProperty("detection").GetProperty("kind").GetString());
        Assert.Equal(ExitCode.Done, Run("verify", sounds).Code);
        Assert.Equal(ExitCode.Done, Run("bench", "--model", sounds, "--rounds", "1").Code);
    }

    [Fact]
    public void Bench_measures_every_figure()
    {
        JsonElement json = JsonDocument.Parse(Assert.Single(Run("bench", "--model", model, "--rounds", "1", "--kernels", "reference", "--json").Lines)).RootElement;
        Assert.Equal("reference", json.GetProperty("kernels").GetString());
        Assert.All(
            ["front_end_us_per_frame_p50", "step_us_p50", "step_us_p99", "real_time_factor", "load_to_first_score_ms", "model_memory_bytes"],
            name => Assert.True(json.GetProperty(name).GetDouble() > 0, name));
        Assert.Contains(Run("bench", model, "--rounds", "1").Lines, l => l.Contains("real_time_factor"));
        Assert.All(["core_percent_p50", "core_percent_p99"], name => Assert.True(json.GetProperty(name).GetDouble() > 0, name));
    }

    [Fact]
    public void The_program_says_its_version() => Assert.Matches("^edge [0-9]+\\.[0-9]+\\.[0-9]+$", Assert.Single(Run("--version").Lines));

    [Fact]
    public void A_command_whose_program_is_missing_says_where_it_is_expected()
    {
        Assert.False(File.Exists(Path.Combine(AppContext.BaseDirectory, "edge-missing")));
        var errors = new StringWriter();
        var program = new CommandLine("edge", "", SiblingProgram.Create("missing", "", new StandardStreams(Stream.Null, Stream.Null, errors)));
        Assert.Equal(ExitCode.WorkFailed, program.Run(["missing", "--help"], TextWriter.Null, errors));
        Assert.StartsWith($"edge: {Path.Combine(AppContext.BaseDirectory, "edge-missing")} is missing", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_whose_program_does_not_run_says_why()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no mark that makes a file a program.");
        string path = Path.Combine(AppContext.BaseDirectory, "edge-no-program");
        File.WriteAllText(path, "text");
        try
        {
            var errors = new StringWriter();
            var program = new CommandLine("edge", "", SiblingProgram.Create("no-program", "", new StandardStreams(Stream.Null, Stream.Null, errors)));
            Assert.Equal(ExitCode.WorkFailed, program.Run(["no-program"], TextWriter.Null, errors));
            Assert.Equal($"edge: {path} cannot be run: Permission denied{Environment.NewLine}", errors.ToString());
        }
        finally
        {
            File.Delete(path);
        }
    }

    private string InFolder(string name) => Path.Combine(folder, name);

    private string Write(string name, ReadOnlySpan<byte> bytes)
    {
        File.WriteAllBytes(InFolder(name), bytes);
        return InFolder(name);
    }

    private static (int Code, string[] Lines, string Errors) Run(params string[] args) => RunOn(Stream.Null, args);

    private static (int Code, string[] Lines, string Errors) RunOn(Stream input, params string[] args)
    {
        var output = new MemoryStream();
        var errors = new StringWriter();
        int code = Program.Run(args, new StandardStreams(input, output, errors), TestContext.Current.CancellationToken);
        string text = System.Text.Encoding.UTF8.GetString(output.ToArray());
        return (code, text.Length == 0 ? [] : text.TrimEnd('\n').Split('\n'), errors.ToString());
    }
}
