using Edge.Cli;

namespace Edge.Quantization.Cli;

/// <summary>Checks of a file that is to be written, made before the work so that nobody waits for a name that cannot be used.</summary>
internal static class OutputFile
{
    /// <summary>The .onnx file that an option names; null where the option is not given and not needed.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="option">The option's name.</param>
    /// <param name="inputs">Files that must not be overwritten.</param>
    /// <param name="required">Whether the option must be given.</param>
    /// <exception cref="UsageException">It must be and is not, names an input or a folder, lies in no folder, or does not end in .onnx.</exception>
    public static string? Onnx(Arguments arguments, string option, IEnumerable<string> inputs, bool required = true) =>
        Checked(arguments, option, ".onnx", inputs, required);

    /// <summary>As above, for an .edge file, which is required.</summary>
    public static string Edge(Arguments arguments, string option, IEnumerable<string> inputs) => Checked(arguments, option, ".edge", inputs, required: true)!;

    /// <summary>As above, for a page or a table of any name, which is not required.</summary>
    public static string? Report(Arguments arguments, string option, IEnumerable<string> inputs) => Checked(arguments, option, "", inputs, required: false);

    /// <summary>The folder that an option names, there already or not.</summary>
    /// <exception cref="UsageException">It is a file.</exception>
    public static string Folder(Arguments arguments, string option) => arguments.Text(option) is var path && !File.Exists(path) ? path
        : throw new UsageException($"--{option} is '{path}', a file; expected a folder, there already or to be made.");

    private static string? Checked(Arguments arguments, string option, string extension, IEnumerable<string> inputs, bool required)
    {
        if ((required ? arguments.Text(option) : arguments.TextOrNull(option)) is not { } path)
        {
            return null;
        }

        if (Directory.Exists(path) || Path.EndsInDirectorySeparator(path))
        {
            throw new UsageException($"--{option} is '{path}', a folder; expected the name of a file{(extension.Length > 0 ? $" that ends in {extension}" : "")}.");
        }

        if (!path.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException($"--{option} is '{path}'; expected a name that ends in {extension}, by which the other commands know it.");
        }

        string full = Resolved(path);
        if (inputs.FirstOrDefault(input => Resolved(input) == full) is { } input)
        {
            throw new UsageException($"--{option} is '{path}', and so is {input}; expected another name, so that nothing that is still needed is overwritten.");
        }

        return Path.GetDirectoryName(full) is not { } folder || Directory.Exists(folder) ? path
            : throw new UsageException($"--{option} is '{path}'; there is no folder {Path.GetDirectoryName(path)}. Make it first.");
    }

    /// <summary>The whole path, links followed.</summary>
    private static string Resolved(string path) =>
        File.Exists(path) && File.ResolveLinkTarget(path, returnFinalTarget: true) is { } target ? target.FullName : Path.GetFullPath(path);
}
