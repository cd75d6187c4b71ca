using Edge.OnnxRuntime;
using Edge.Tests;

namespace Edge.Quantization.Tests.OnnxRuntime;

public sealed class OnnxRuntimeLibraryTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("edge-ort-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void A_missing_library_is_an_error_that_says_where_was_looked_and_what_to_do()
    {
        string path = Path.Combine(folder.FullName, "libonnxruntime.so");
        IEnumerable<string> candidates = OnnxRuntimeLibrary.Candidates(path, folder.FullName);
        OnnxRuntimeException fault = Assert.Throws<OnnxRuntimeException>(() => OnnxRuntimeLibrary.Open(candidates));
        Assert.Equal(OnnxErrorCode.LibraryMissing, fault.Code);
        Assert.Contains(path, fault.Message);
        Assert.Contains(OnnxRuntimeLibrary.PathVariable, fault.Message);
    }

    [Fact]
    public void A_file_that_is_no_library_is_said_to_be_there()
    {
        string path = Path.Combine(folder.FullName, "libonnxruntime.so");
        File.WriteAllText(path, "no library");
        Assert.Contains("does not load", Assert.Throws<OnnxRuntimeException>(() => OnnxRuntimeLibrary.Open([path])).Message);
    }

    [Fact]
    public void Places_are_tried_from_the_nearest_to_the_system()
    {
        string[] candidates = [.. OnnxRuntimeLibrary.Candidates(null, AppContext.BaseDirectory)];
        int artifacts = Array.FindIndex(candidates, path => path.StartsWith(Repository.PathTo("artifacts", "onnxruntime"), StringComparison.Ordinal));
        Assert.StartsWith(AppContext.BaseDirectory, candidates[0], StringComparison.Ordinal);
        Assert.InRange(artifacts, 1, candidates.Length - 2);
        Assert.Equal(Path.GetFileName(candidates[^1]), candidates[^1]);
    }

    [Fact]
    public void A_folder_can_be_named_instead_of_the_file()
    {
        Assert.All(
            OnnxRuntimeLibrary.Candidates(folder.FullName, AppContext.BaseDirectory),
            path => Assert.Equal(folder.FullName, Path.GetDirectoryName(path)));
    }

    [Fact]
    public void The_loaded_library_says_its_version_and_providers()
    {
        TestGraphs.RequireOnnxRuntime();
        Assert.Matches(@"^1\.\d+\.\d+", OnnxRuntimeLibrary.Version);
        Assert.Contains("CPUExecutionProvider", OnnxRuntimeLibrary.AvailableProviders);
        Assert.NotEmpty(OnnxRuntimeLibrary.Location);
    }
}
