using System.Text;

namespace Edge.Cli;

/// <summary>One option of a command.</summary>
/// <param name="Name">Without its dashes.</param>
/// <param name="Value">What stands for its value in the help, as in "FILE"; null for a flag, which takes none.</param>
/// <param name="Help">One line.</param>
/// <param name="Default">The value where the option is not given; null where there is none.</param>
/// <param name="Repeatable">Whether it may be given more than once.</param>
internal sealed record Option(string Name, string? Value, string Help, string? Default = null, bool Repeatable = false)
{
    /// <summary>How the option is written in the help: "--name VALUE".</summary>
    public string Written => Value is null ? $"--{Name}" : $"--{Name} {Value}";
}

/// <summary>What can be written after a program's name.</summary>
/// <param name="Name">The program and the command: "edge run".</param>
/// <param name="Operands">What stands for the positional arguments in the help; empty where the command takes none.</param>
/// <param name="Summary">What the command does, in a sentence.</param>
/// <param name="Example">A whole command line that works.</param>
/// <param name="Options">All options but --help, which every command has.</param>
internal sealed record CommandSyntax(string Name, string Operands, string Summary, string Example, params Option[] Options)
{
    /// <summary>The text that --help prints: usage, summary, options, example.</summary>
    public string Help()
    {
        Option[] all = [.. Options, new Option("help", null, "print this text (also -h)")];
        int width = all.Max(option => option.Written.Length);
        var text = new StringBuilder();
        text.AppendLine($"usage: {Name} [options] {Operands}".TrimEnd()).AppendLine();
        text.AppendLine(Summary).AppendLine();
        foreach (Option option in all)
        {
            text.Append("  ").Append(option.Written.PadRight(width)).Append("  ").Append(option.Help).Append(option.Repeatable ? "; may be repeated" : "");
            text.AppendLine(option.Default is null ? "" : $" (default: {option.Default})");
        }

        return text.AppendLine().AppendLine("example:").Append("  ").AppendLine(Example).ToString();
    }
}
