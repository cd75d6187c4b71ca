using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Edge.Audio;
using Edge.Detection;
using Edge.Tests;

namespace Edge.Targets.Tests;

/// <summary>libedge as C programs see it: each is compiled with every warning an error, and run.</summary>
public class CLibraryTests
{
    private static readonly string Model = Repository.PathTo("samples", "models", "wake-words.edge");
    private static readonly string Recording = Repository.PathTo("samples", "recordings", "keywords.wav");

    [Fact]
    public async Task The_sample_hears_in_C_what_the_SDK_hears_in_CSharp()
    {
        using var folder = new TemporaryFolder();
        string program = await Compile(Repository.PathTo("samples", "CLibrary", "spot.c"), folder);

        (int code, string output) = await Run(program, Model, Recording);

        var expected = new List<string>();
        await using Listener listener = Listener.Open(Model, AudioFile.Open(Recording));
        await foreach (AudioEvent heard in listener.ListenAsync(TestContext.Current.CancellationToken))
        {
            expected.Add(string.Create(CultureInfo.InvariantCulture, $"{heard.Start.TotalSeconds:0.00}-{heard.End.TotalSeconds:0.00} s  {heard.Label}  {heard.Score:0.00}"));
        }

        Assert.Equal(0, code);
        Assert.NotEmpty(expected);
        Assert.Equal(expected, output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task The_sample_says_what_is_wrong_with_its_files()
    {
        using var folder = new TemporaryFolder();
        string program = await Compile(Repository.PathTo("samples", "CLibrary", "spot.c"), folder);

        Assert.Equal((2, "usage: spot MODEL.edge RECORDING.wav\n"), await Run(program));
        (int code, string output) = await Run(program, Recording, Recording);
        Assert.Equal(3, code);
        Assert.Contains("is not a usable model", output, StringComparison.Ordinal);
        (code, output) = await Run(program, Model, Model);
        Assert.Equal(3, code);
        Assert.Contains("is no WAV file", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Values_of_a_regression_are_the_SDK_s()
    {
        using var folder = new TemporaryFolder();
        string program = await Compile(Repository.PathTo("tests", "Edge.Targets.Tests", "values.c"), folder);
        string path = Repository.PathTo("samples", "models", "speech-emotion.edge");
        string settings = Path.Combine(folder.Path, "regression.json"), recording = Path.Combine(folder.Path, "recording.pcm");
        await File.WriteAllTextAsync(settings, """{ "kind": "utterance", "regression": true, "label": "mood" }""", TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(recording, (await File.ReadAllBytesAsync(Recording, TestContext.Current.CancellationToken))[44..], TestContext.Current.CancellationToken);

        (int code, string output) = await Run(program, path, settings, recording);

        using AudioModel model = AudioModel.Load(path);
        var spotter = new Spotter(model, detection: DetectionFile.Read(settings, model.Labels, model.Detection));
        short[] samples = MemoryMarshal.Cast<byte, short>(await File.ReadAllBytesAsync(recording, TestContext.Current.CancellationToken)).ToArray();
        AudioEvent[] heard = [.. spotter.Push(samples).ToArray(), .. spotter.Finish().ToArray()];
        Assert.Equal(0, code);
        Assert.NotEmpty(heard);
        Assert.Equal(
            heard.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Label} {string.Join(' ', one.Values!.Select(value => string.Create(CultureInfo.InvariantCulture, $"{value.Key}={(double)value.Value:0.00000000}")))}")),
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Clumsy_calls_are_refused_with_a_status_and_never_crash()
    {
        using var folder = new TemporaryFolder();
        string program = await Compile(Repository.PathTo("tests", "Edge.Targets.Tests", "clumsy.c"), folder);
        Assert.Equal((0, ""), await Run(program, Model, Recording));
    }

    [Fact]
    public async Task Threads_share_a_model_and_are_kept_out_of_each_other_s_spotter()
    {
        using var folder = new TemporaryFolder();
        string program = await Compile(Repository.PathTo("tests", "Edge.Targets.Tests", "threads.c"), folder, "-pthread");
        Assert.Equal((0, ""), await Run(program, Model));
    }

    [Fact]
    public async Task The_header_is_C_plus_plus_too()
    {
        Require("g++");
        using var folder = new TemporaryFolder();
        string source = Path.Combine(folder.Path, "version.cpp");
        await File.WriteAllTextAsync(source, "#include \"edge.h\"\nint main() { return edge_version() == nullptr; }\n", TestContext.Current.CancellationToken);
        string program = await Compile(source, folder, "-std=c++11", "g++");
        Assert.Equal((0, ""), await Run(program));
    }

    private static async Task<string> Compile(string source, TemporaryFolder folder, string option = "-std=c99", string compiler = "gcc")
    {
        Require(compiler);
        string library = Repository.PathTo("artifacts", "host", "libedge");
        Assert.SkipUnless(File.Exists(Path.Combine(library, "libedge.so")), "artifacts/host/libedge/libedge.so is not there; `./build.sh publish` makes it where NativeAOT can be had");
        string program = Path.Combine(folder.Path, Path.GetFileNameWithoutExtension(source));
        (int code, string output) = await Run(
            compiler, option, "-Wall", "-Wextra", "-Werror", "-pedantic", "-I", library, source, Path.Combine(library, "libedge.so"), $"-Wl,-rpath,{library}", "-o", program);
        Assert.True(code == 0, output);
        return program;
    }

    private static void Require(string compiler) =>
        Assert.SkipUnless(new ToolPackage(compiler, compiler).IsInstalled(), $"{compiler} is not on this machine");

    /// <summary>Exit code and all that the program printed.</summary>
    private static async Task<(int Code, string Output)> Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        CancellationToken end = TestContext.Current.CancellationToken;
        Task<string> output = process.StandardOutput.ReadToEndAsync(end);
        Task<string> errors = process.StandardError.ReadToEndAsync(end);
        await process.WaitForExitAsync(end);
        return (process.ExitCode, await output + await errors);
    }
}
