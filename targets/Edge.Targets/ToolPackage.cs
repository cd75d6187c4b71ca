namespace Edge.Targets;

/// <summary>A Debian package and how to see that it is installed.</summary>
/// <param name="Name">What apt-get installs.</param>
/// <param name="Gives">A program on the PATH, or an absolute path to a file.</param>
public sealed record ToolPackage(string Name, string Gives)
{
    /// <summary>Whether it is installed on this machine.</summary>
    public bool IsInstalled() => Gives.StartsWith('/') ? File.Exists(Gives) : Array.Exists(
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
        folder => File.Exists(Path.Combine(folder, Gives)));
}
