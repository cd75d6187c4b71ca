namespace Edge.Hosting.Actions;

/// <summary>Kind <c>command</c>: a program that is started for each event.</summary>
internal sealed class CommandKind : IActionKind
{
    internal const int DefaultTimeoutMs = 10_000;
    private const int LongestTimeoutMs = 3_600_000;
    private const int MostParallel = 32;

    public string Kind => "command";

    public IReadOnlyCollection<string> Fields { get; } =
        [nameof(ActionOptions.Command), nameof(ActionOptions.MaximumParallel), nameof(ActionOptions.TimeoutMs)];

    public void Check(ActionOptions options, ICollection<string> faults)
    {
        string[] command = [.. options.Command ?? []];
        if (command.Length == 0 || string.IsNullOrEmpty(command[0]))
        {
            faults.Add("Command is empty; expected the program and its arguments, as in [\"/usr/bin/logger\", \"{label}\"].");
        }
        else
        {
            CheckCommand(command[0], command[1..], faults);
        }

        ActionOptions.CheckRange(nameof(options.MaximumParallel), options.MaximumParallel, 1, MostParallel, faults);
        ActionOptions.CheckRange(nameof(options.TimeoutMs), options.TimeoutMs, 1, LongestTimeoutMs, faults);
    }

    public IEventAction Create(ActionOptions options, ActionContext context) =>
        new CommandAction([.. options.Command!], TimeSpan.FromMilliseconds(options.TimeoutMs ?? DefaultTimeoutMs));

    private static void CheckCommand(string program, string[] arguments, ICollection<string> faults)
    {
        if (EventText.HasPlaceholder(program))
        {
            faults.Add($"Command runs '{program}'; what was heard must not choose the program. Name it, and pass the placeholder as an argument.");
        }
        else if (System.IO.Path.IsPathRooted(program) && !File.Exists(program))
        {
            faults.Add($"Command runs {program}, and there is no such file. Check the path.");
        }
        else if (arguments.Length == 0 && program.Contains(' '))
        {
            faults.Add($"Command is one text, '{program}'; no shell takes it apart. Give a list: the program, then each argument.");
        }

        foreach (string stranger in arguments.SelectMany(EventText.Strangers).Distinct())
        {
            faults.Add($"Command has the placeholder {stranger}; there are {string.Join(", ", EventText.Placeholders)}.");
        }
    }
}
