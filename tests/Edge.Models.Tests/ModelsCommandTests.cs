using System.Diagnostics;
using System.Text.Json;
using Edge.Cli;
using Edge.Detection;
using Edge.Tests;

namespace Edge.Models.Tests;

/// <summary>`edge models` as a process of its own, with a cache folder of its own and a server on this machine.</summary>
public sealed class ModelsCommandTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("edge-models-");
    private readonly FileServer server = new();

    public void Dispose()
    {
        server.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Its_help_is_that_of_a_command_of_edge()
    {
        string line = Assert.Single((await Run("--help")).Output.Split('\n'), line => line.StartsWith("  models ", StringComparison.Ordinal));
        (int code, string output, string errors) = await Run("models", "--help");
        Assert.Equal((ExitCode.Done, ""), (code, errors));
        Assert.StartsWith("usage: edge models [options] [get NAME…]", output, StringComparison.Ordinal);
        Assert.Contains(line["  models ".Length..].Trim(), output);
    }

    [Fact]
    public async Task The_list_says_what_each_model_is()
    {
        (int code, string output, string errors) = await Run("models");
        Assert.Equal((ExitCode.Done, ""), (code, errors));
        Assert.Contains("yamnet                       4.1 MB", output);
        Assert.Contains("    521 kinds of sound", output);
        Assert.Contains("    Apache-2.0, MLCommons", output);
        Assert.Contains("    https://raw.githubusercontent.com/google-coral/coralmicro/", output);
        Assert.DoesNotContain("downloaded", output);
    }

    [Fact]
    public async Task The_list_as_JSON_has_an_object_a_line()
    {
        (_, string output, _) = await Run("models", "--json");
        JsonElement[] models = [.. output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(ModelCatalogue.Read().Select(entry => entry.Name), models.Select(model => model.GetProperty("name").GetString()!));
        Assert.All(models, model => Assert.False(model.GetProperty("downloaded").GetBoolean()));
        Assert.All(models, model => Assert.Equal(64, model.GetProperty("sources")[0].GetProperty("sha256").GetString()!.Length));
    }

    [Fact]
    public async Task A_model_is_downloaded_checked_and_imported()
    {
        CatalogueEntry entry = ModelCatalogue.Find("mlperf-tiny-kws");
        server.Files[entry.Model.Address.AbsolutePath] = File.ReadAllBytes(Repository.Shared("models", "mlperf-tiny-kws.tflite"));
        (int code, string output, string errors) = await Run("models", "get", entry.Name, "--address", $"{server.Address}", "--keep-source");
        Assert.Equal((ExitCode.Done, ""), (code, errors));
        Assert.StartsWith("mlperf-tiny-kws.edge  ", output, StringComparison.Ordinal);
        using (AudioModel model = AudioModel.Load(Path.Combine(folder.FullName, "mlperf-tiny-kws.edge")))
        {
            Assert.Equal(("mlperf-tiny-kws", "keyword", 12), (model.Name, model.Detection.Kind, model.Labels.Count));
        }

        Assert.True(entry.Model.Is(Path.Combine(folder.FullName, "mlperf-tiny-kws.tflite")));
        Assert.Empty(Directory.GetFiles(folder.FullName, "*.part*", SearchOption.AllDirectories));

        // What is there is not made again, and what was downloaded not downloaded again.
        Assert.Contains("is there already; --force makes it again", (await Run("models", "get", entry.Name, "--address", $"{server.Address}")).Errors);
        Assert.Equal(ExitCode.Done, (await Run("models", "get", entry.Name, "--address", $"{server.Address}", "--force")).Code);
        Assert.Single(server.Requests);
        string list = (await Run("models")).Output;
        Assert.Contains("imported: mlperf-tiny-kws.edge", list);
        File.Delete(Path.Combine(folder.FullName, "mlperf-tiny-kws.edge"));
        Assert.Matches("mlperf-tiny-kws +54 kB  downloaded", (await Run("models")).Output);
    }

    [Fact]
    public async Task A_wrong_file_leaves_nothing()
    {
        CatalogueFile file = ModelCatalogue.Find("mlperf-tiny-kws").Model;
        server.Files[file.Address.AbsolutePath] = new byte[file.Bytes];
        (int code, string output, string errors) = await Run("models", "get", "mlperf-tiny-kws", "--address", $"{server.Address}", "--out", folder.FullName);
        Assert.Equal((ExitCode.WorkFailed, ""), (code, output));
        Assert.Contains("It is not the file that is in the catalogue", errors);
        Assert.Empty(Directory.GetFiles(folder.FullName, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_file_that_is_gone_is_told()
    {
        (int code, _, string errors) = await Run("models", "get", "yamnet", "--address", $"{server.Address}", "--out", folder.FullName);
        Assert.Equal(ExitCode.WorkFailed, code);
        Assert.StartsWith($"edge: {server.Address}google-coral/coralmicro/", errors, StringComparison.Ordinal);
        Assert.Contains("404 Not Found", errors);
    }

    [Fact]
    public async Task The_proxy_of_the_environment_is_asked()
    {
        (int code, _, string errors) = await RunIn(
            new() { ["http_proxy"] = $"{server.Address}", ["no_proxy"] = "" }, "models", "get", "yamnet", "--address", "http://models.invalid/mirror", "--out", folder.FullName);
        Assert.Equal(ExitCode.WorkFailed, code);
        Assert.Contains("404 Not Found", errors);
        Assert.StartsWith("GET http://models.invalid/mirror/google-coral/coralmicro/", Assert.Single(server.Requests), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_c_keeps_what_has_arrived()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals are sent by kill, which only Unix has.");
        CatalogueFile file = ModelCatalogue.Find("mlperf-tiny-kws").Model;
        server.Files[file.Address.AbsolutePath] = new byte[file.Bytes];
        server.HangsAfter = 20_000;
        using Process program = Start([], "models", "get", "mlperf-tiny-kws", "--address", $"{server.Address}", "--out", folder.FullName);
        string part = Path.Combine(folder.FullName, "cache", "edge", "models", "mlperf-tiny-kws", $"{file.Name}.part");
        while (!program.HasExited && (!File.Exists(part) || new FileInfo(part).Length < 20_000))
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Process.Start("kill", ["-INT", $"{program.Id}"]).WaitForExit();
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Cancelled, program.ExitCode);
        Assert.Equal("edge: cancelled; the same command goes on from where it was.", (await program.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim());
        Assert.Equal(20_000, new FileInfo(part).Length);
    }

    [Theory]
    [InlineData("expected `edge models get NAME`", "models", "get")]
    [InlineData("There is no model 'yamnett'. Did you mean", "models", "get", "yamnett")]
    [InlineData("'fetch' is nothing that can be done with models", "models", "fetch", "yamnet")]
    [InlineData("--address is 'mirror'; expected an address that begins with https:// or http://", "models", "get", "yamnet", "--address", "mirror")]
    public async Task A_clumsy_command_line_is_answered_with_what_was_expected(string words, params string[] arguments)
    {
        (int code, _, string errors) = await Run(arguments);
        Assert.Equal(ExitCode.WrongUsage, code);
        Assert.Contains(words, errors);
    }

    [Fact]
    public async Task A_folder_that_is_a_file_is_told()
    {
        string file = Path.Combine(folder.FullName, "file");
        File.WriteAllText(file, "");
        (int code, _, string errors) = await Run("models", "get", "yamnet", "--out", file);
        Assert.Equal(ExitCode.WrongUsage, code);
        Assert.Contains($"--out is '{file}', a file; expected a folder", errors);
    }

    private Task<(int Code, string Output, string Errors)> Run(params string[] arguments) => RunIn([], arguments);

    private async Task<(int Code, string Output, string Errors)> RunIn(Dictionary<string, string> environment, params string[] arguments)
    {
        using Process program = Start(environment, arguments);
        Task<string> output = program.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> errors = program.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (program.ExitCode, await output, await errors);
    }

    private Process Start(Dictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Edge.Cli.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder.FullName,
            Environment = { ["XDG_CACHE_HOME"] = Path.Combine(folder.FullName, "cache"), ["no_proxy"] = "127.0.0.1" },
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
