using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Edge.Cli;
using Edge.Service;

namespace Edge.Hosting.Tests.Service;

[Collection("environment")] // of the process: one test at a time
public sealed class ProgramTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_recording_is_heard_to_its_end_and_events_are_printed_and_written()
    {
        string config = Write($$"""
            { "Edge": { "Source": { "Kind": "file", "Path": "{{TestModels.RecordingPath}}" }, "Models": [ { "Path": "{{TestModels.WakeWordsPath}}" } ],
              "Actions": [ { "Kind": "json-lines", "Path": "{{folder}}/events.jsonl", "Labels": [ "alexa" ] } ] } }
            """);
        (int code, string output, string errors) = Run("--config", config, "--json");
        Assert.Equal(ExitCode.Done, code);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(15, lines.Length);
        using JsonDocument second = JsonDocument.Parse(lines[1]);
        Assert.Equal(("alexa", 7.04), (second.RootElement.GetProperty("label").GetString(), second.RootElement.GetProperty("start_s").GetDouble()));
        Assert.Equal(lines.Where(line => line.Contains("\"alexa\"", StringComparison.Ordinal)), File.ReadAllLines($"{folder}/events.jsonl"));
        Assert.Equal($"<6>Listening to {TestModels.RecordingPath} at 16000 Hz with wake-words.", errors.Split('\n')[0]);
    }

    [Fact]
    public void The_environment_overrides_the_file()
    {
        string config = Write($$"""{ "Edge": { "Source": { "Kind": "file", "Path": "{{TestModels.RecordingPath}}" }, "Models": [ { "Path": "{{TestModels.WakeWordsPath}}" } ] } }""");
        Environment.SetEnvironmentVariable("Edge__Source__Path", "/nowhere.wav");
        (int code, _, string errors) = Run("--config", config, "--check");
        Environment.SetEnvironmentVariable("Edge__Source__Path", null);
        Assert.Equal(ExitCode.BadInputFile, code);
        Assert.Contains("/nowhere.wav: there is no such file", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_check_of_a_good_configuration_says_so_and_writes_nothing()
    {
        string config = Write($$"""
            { "Edge": { "Source": { "Kind": "file", "Path": "{{TestModels.RecordingPath}}" }, "Models": [ { "Path": "{{TestModels.WakeWordsPath}}" } ],
              "Actions": [ { "Kind": "json-lines", "Path": "{{folder}}/events.jsonl" } ], "Metrics": { "Path": "{{folder}}/metrics.prom" } } }
            """);
        (int code, string output, _) = Run("--config", config, "--check");
        Assert.Equal((ExitCode.Done, $"{config}: ok; models 1, actions 1\n"), (code, output));
        Assert.Equal(config, Assert.Single(Directory.GetFiles(folder)));
    }

    [Fact]
    public void A_check_tells_faults_of_the_configuration_and_of_files_in_one_report()
    {
        string config = Write($$"""{ "Edge": { "CpuBudget": 0, "Source": { "Kind": "file", "Path": "x.wav" }, "Models": [ { "Path": "{{folder}}/edge.json" }, { "Path": "gone.edge" } ] } }""");
        (int code, string output, string errors) = Run("--config", config, "--check", "--json");
        Assert.Equal(ExitCode.WrongUsage, code);
        using JsonDocument report = JsonDocument.Parse(output);
        Assert.False(report.RootElement.GetProperty("ok").GetBoolean());
        Assert.Equal(["configuration", "file", "file"], report.RootElement.GetProperty("faults").EnumerateArray().Select(fault => fault.GetProperty("kind").GetString()));
        Assert.StartsWith($"edge: {config} has 3 faults:", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no JSON at all", ExitCode.BadInputFile, "is no JSON object in line 1")]
    [InlineData("""{ "Egde": {} }""", ExitCode.WrongUsage, "has no field Edge")]
    [InlineData("""{ "Edge": { "Models": [ { "Path": "x" } ] }, "Model": 1 }""", ExitCode.WrongUsage, "has a field 'Model' beside Edge")]
    [InlineData("""{ "Edge": { "Models": [] } }""", ExitCode.WrongUsage, "Models is empty")]
    [InlineData("""{ "Edge": { "Source": { "Kind": "file", "Path": "x.wav" }, "Models": [ { "Path": "gone.edge" } ] } }""", ExitCode.BadInputFile, "gone.edge")]
    public void A_bad_configuration_ends_with_its_message_and_code(string json, int expected, string message)
    {
        (int code, _, string errors) = Run("--config", Write(json));
        Assert.Equal(expected, code);
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_no_wait_would_bring_ends_with_its_message_and_code()
    {
        Assert.SkipUnless(NativeLibrary.TryLoad("libasound.so.2", out _), "libasound.so.2 is not on this machine");
        string config = Write($$"""{ "Edge": { "Source": { "Device": "hw:no,number" }, "Models": [ { "Path": "{{TestModels.WakeWordsPath}}" } ] } }""");
        (int code, _, string errors) = Run("--config", config);
        Assert.Equal(ExitCode.DeviceTrouble, code);
        Assert.Contains("hw:no,number: snd_pcm_open failed: Invalid argument", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_check_names_a_model_by_its_place_and_looks_for_the_pipe()
    {
        string config = Write($$"""{ "Edge": { "Source": { "Kind": "fifo", "Path": "{{folder}}/gone" }, "Models": [ { "Name": "a" }, { "Path": "{{folder}}" } ] } }""");
        (int code, _, string errors) = Run("--config", config, "--check");
        Assert.Equal(ExitCode.WrongUsage, code);
        Assert.Contains("Models[0].Path is missing", errors, StringComparison.Ordinal);
        Assert.Contains($"Models[1]: {folder} is a folder", errors, StringComparison.Ordinal);
        config = Write($$"""{ "Edge": { "Source": { "Kind": "fifo", "Path": "{{folder}}/gone" }, "Models": [ { "Path": "{{TestModels.WakeWordsPath}}" } ] } }""");
        Assert.Contains($"`mkfifo {folder}/gone` makes it", Run("--config", config, "--check").Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_in_place_of_a_pipe_is_refused_and_not_heard_again_and_again()
    {
        string config = Write($$"""{ "Edge": { "Source": { "Kind": "fifo", "Path": "{{TestModels.RecordingPath}}" }, "Models": [ { "Path": "{{TestModels.WakeWordsPath}}" } ] } }""");
        (int code, _, string errors) = Run("--config", config);
        Assert.Equal(ExitCode.BadInputFile, code);
        Assert.Contains("is a file, not a named pipe; set Source.Kind to file", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Empty_detection_settings_are_a_fault_and_not_those_of_the_model()
    {
        File.WriteAllText($"{folder}/detection.json", "");
        string config = Write($$"""
            { "Edge": { "Source": { "Kind": "file", "Path": "{{TestModels.RecordingPath}}" },
              "Models": [ { "Path": "{{TestModels.WakeWordsPath}}", "Detection": "{{folder}}/detection.json" } ] } }
            """);
        (int code, _, string errors) = Run("--config", config);
        Assert.Equal(ExitCode.BadInputFile, code);
        Assert.Contains("detection.json is not JSON", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Sound_on_standard_input_is_heard_to_its_end()
    {
        string config = Write($$"""{ "Edge": { "Source": { "Kind": "stdin" }, "Models": [ { "Path": "{{TestModels.WakeWordsPath}}" } ] } }""");
        using FileStream recording = File.OpenRead(TestModels.RecordingPath);
        using var output = new MemoryStream();
        using var errors = new StringWriter();
        Assert.Equal(ExitCode.Done, Program.Run(["--config", config, "--json"], new StandardStreams(recording, output, TextWriter.Synchronized(errors))));
        Assert.Equal(15, Encoding.UTF8.GetString(output.ToArray()).Count(one => one == '\n'));
        Assert.Contains("Listening to stdin at 16000 Hz", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_in_place_of_the_configuration_is_told_with_what_to_do()
    {
        (int code, _, string errors) = Run("--config", folder);
        Assert.Equal((ExitCode.BadInputFile, $"edge: {folder} is a folder; expected a configuration, such as {folder}/edge.json.\n"), (code, errors));
    }

    [Fact]
    public void A_configuration_that_is_missing_is_told_with_what_to_do()
    {
        (int code, _, string errors) = Run("--config", $"{folder}/none.json");
        Assert.Equal(ExitCode.BadInputFile, code);
        Assert.Equal($"edge: {folder}/none.json: there is no such file; expected a configuration. `edge serve --config FILE` names another.\n", errors);
    }

    private string Write(string json)
    {
        string path = Path.Combine(folder, "edge.json");
        File.WriteAllText(path, json);
        return path;
    }

    private static (int Code, string Output, string Errors) Run(params string[] args)
    {
        using var output = new MemoryStream();
        using var errors = new StringWriter();
        int code = Program.Run(args, new StandardStreams(Stream.Null, output, TextWriter.Synchronized(errors)));
        return (code, Encoding.UTF8.GetString(output.ToArray()), errors.ToString());
    }
}
