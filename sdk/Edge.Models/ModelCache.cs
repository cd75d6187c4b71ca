using Edge.Cli;

namespace Edge.Models;

/// <summary>The folder that keeps what was downloaded, so that it need not be again.</summary>
/// <param name="folder">The folder; it need not be there yet.</param>
internal sealed class ModelCache(string folder)
{
    /// <summary>The user's: <c>edge/models</c> in $XDG_CACHE_HOME, else in ~/.cache, on Windows in the local application data.</summary>
    /// <exception cref="UsageException">The environment names none of them.</exception>
    public static ModelCache OfUser()
    {
        string? given = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (!string.IsNullOrEmpty(given) && Path.IsPathRooted(given))
        {
            return new ModelCache(Path.Combine(given, "edge", "models"));
        }

        string home = OperatingSystem.IsWindows()
            ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        return home.Length == 0
            ? throw new UsageException("This user has no home folder to keep downloads in; set XDG_CACHE_HOME to a folder.")
            : new ModelCache(OperatingSystem.IsWindows() ? Path.Combine(home, "edge", "models") : Path.Combine(home, ".cache", "edge", "models"));
    }

    /// <summary>Where a file of a model is kept.</summary>
    public string PathOf(CatalogueEntry entry, CatalogueFile file) => Path.Combine(folder, entry.Name, file.Name);

    /// <summary>Whether all files of a model are there, to the byte.</summary>
    public bool Has(CatalogueEntry entry) => entry.Files.All(file => file.Is(PathOf(entry, file)));
}
