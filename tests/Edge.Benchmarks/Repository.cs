namespace Edge.Benchmarks;

internal static class Repository
{
    /// <summary>The folder that holds Edge.sln.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "Edge.sln"))
            ? folder
            : Find(Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException($"No Edge.sln above {AppContext.BaseDirectory}."));
}
