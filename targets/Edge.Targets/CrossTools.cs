namespace Edge.Targets;

/// <summary>What compiles for a board on a machine of another architecture.</summary>
/// <param name="Triplet">Debian's name of the architecture's tool chain.</param>
/// <param name="Linker">The compiler that links. NativeAOT passes it `--target`, which clang knows and gcc does not.</param>
/// <param name="ObjCopy">Strips symbols.</param>
/// <param name="SysRoot">
/// Folder with the board's own libraries, from the repository's root; null where those that <paramref name="Packages"/> install are no newer than
/// the board's.
/// </param>
/// <param name="Packages">Debian packages that hold all that.</param>
public sealed record CrossTools(string Triplet, string Linker, string ObjCopy, string? SysRoot, IReadOnlyList<ToolPackage> Packages);
