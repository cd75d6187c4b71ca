using System.Reflection;
using System.Text;

namespace Edge.Cli;

/// <summary>One thing a program can do.</summary>
/// <param name="Syntax">What can be written; its name is the program's name and the command's.</param>
/// <param name="Run">Does it and returns an <see cref="ExitCode"/>; ends by <see cref="OperationCanceledException"/> where the token asks for it.</param>
internal sealed record Command(CommandSyntax Syntax, Func<Arguments, CancellationToken, int> Run)
{
    /// <summary>A command too quick to be cancelled, or without an end of its own.</summary>
    public Command(CommandSyntax syntax, Func<Arguments, int> run) : this(syntax, (arguments, _) => run(arguments))
    {
    }

    /// <summary>The command without the program: "run".</summary>
    public string Name { get; } = Syntax.Name[(Syntax.Name.LastIndexOf(' ') + 1)..];

    /// <summary>Takes what stands after the command's name unread, --help too, in place of <see cref="Run"/>; null for a command of this program.</summary>
    public Func<string[], int>? HandOver { get; init; }
}

/// <summary>A program of several commands: finds the one that is asked for, runs it, and turns expected errors into a message and an exit code.</summary>
/// <param name="program">The program's name.</param>
/// <param name="summary">What the program is for, in a sentence.</param>
/// <param name="commands">In the order in which the help lists them.</param>
internal sealed class CommandLine(string program, string summary, params Command[] commands)
{
    private const int DiskIsFull = 28; // ENOSPC on every Unix
    private const int DiskIsFullOnWindows = unchecked((int)0x80070070); // ERROR_DISK_FULL as an HRESULT

    /// <summary>Asks the command that runs to end before it is done.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>Runs what <paramref name="args"/> say.</summary>
    /// <param name="args">What stands after the program's name.</param>
    /// <param name="output">Receives help and version; null for standard output.</param>
    /// <param name="errors">Receives messages; null for standard error.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public int Run(ReadOnlySpan<string> args, TextWriter? output = null, TextWriter? errors = null)
    {
        try
        {
            return Dispatch(args, output, errors);
        }
        catch (OperationCanceledException) when (CancellationToken.IsCancellationRequested)
        {
            (errors ?? Console.Error).WriteLine($"{program}: cancelled; nothing was written");
            return ExitCode.Cancelled;
        }
        catch (Exception error) when (CodeOf(error) is not null)
        {
            (errors ?? Console.Error).WriteLine($"{program}: {error.Message}");
            return CodeOf(error)!.Value;
        }
    }

    private int Dispatch(ReadOnlySpan<string> args, TextWriter? output, TextWriter? errors)
    {
        // The console's writers cost start-up time, so they are not touched before they are needed.
        switch (args)
        {
            case []:
                (errors ?? Console.Error).Write(Help());
                return ExitCode.WrongUsage;
            case ["--help" or "-h" or "help", ..]:
                (output ?? Console.Out).Write(Help());
                return ExitCode.Done;
            case ["--version"]:
                (output ?? Console.Out).WriteLine($"{program} {Assembly.GetExecutingAssembly().GetName().Version?.ToString(3)}");
                return ExitCode.Done;
        }

        string name = args[0];
        Command command = Array.Find(commands, candidate => candidate.Name == name) ?? throw new UsageException(
            $"Unknown command '{name}'.{Suggestion.For(name, [.. commands.Select(candidate => candidate.Name)])} `{program} --help` lists all.");
        if (command.HandOver is not null)
        {
            return command.HandOver([.. args[1..]]);
        }

        var arguments = Arguments.Parse(command.Syntax, args[1..]);
        if (arguments.HelpAsked)
        {
            (output ?? Console.Out).Write(command.Syntax.Help());
            return ExitCode.Done;
        }

        return command.Run(arguments, CancellationToken);
    }

    private string Help()
    {
        int width = commands.Max(command => command.Name.Length);
        var text = new StringBuilder($"usage: {program} COMMAND [options]\n\n{summary}\n\n");
        foreach (Command command in commands)
        {
            text.Append($"  {command.Name.PadRight(width)}  {command.Syntax.Summary}\n");
        }

        return text.Append($"\n`{program} COMMAND --help` describes a command; `{program} --version` prints the version.\n").ToString();
    }

    /// <summary>The exit code of an error that a user can bring about; null for a fault of the program, which may end it with its stack trace.</summary>
    private static int? CodeOf(Exception error) => error switch
    {
        UsageException => ExitCode.WrongUsage,
        IOException { HResult: DiskIsFull or DiskIsFullOnWindows } => ExitCode.WorkFailed,
        InvalidDataException or IOException or UnauthorizedAccessException => ExitCode.BadInputFile,
        _ => null,
    };
}
