namespace Edge.Tests;

/// <summary>Where the tests find files: the project's own, and the recordings and oracles that lie beside it.</summary>
internal static class Repository
{
    /// <summary>The folder that holds Edge.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A file or folder of the project.</summary>
    public static string PathTo(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>A file or folder of ../shared; skips the calling test, with the reason, where it is absent.</summary>
    public static string Shared(params string[] parts)
    {
        string path = Path.Combine([Path.GetDirectoryName(Root)!, "shared", .. parts]);
        Assert.SkipUnless(Path.Exists(path), $"{Path.Combine(["../shared", .. parts])} is not on this machine");
        return path;
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Edge.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new DirectoryNotFoundException($"No Edge.sln above {AppContext.BaseDirectory}.");
    }
}
