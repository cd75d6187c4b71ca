namespace Edge.Tests.Audio;

/// <summary>A path that is free, and free again afterwards.</summary>
internal sealed class TemporaryFile(string extension = ".wav") : IDisposable
{
    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"edge-{Guid.NewGuid():N}{extension}");

    public void Dispose() => File.Delete(Path);
}
