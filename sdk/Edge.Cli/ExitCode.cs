namespace Edge.Cli;

/// <summary>What a program's exit code means to the script that called it.</summary>
internal static class ExitCode
{
    /// <summary>The work is done.</summary>
    public const int Done = 0;

    /// <summary>The work was carried out and failed: a self-test, a threshold not met.</summary>
    public const int WorkFailed = 1;

    /// <summary>The command line is wrong; nothing was done.</summary>
    public const int WrongUsage = 2;

    /// <summary>A file that was named is missing, unreadable or damaged.</summary>
    public const int BadInputFile = 3;

    /// <summary>A sound card, pin or link did not do what it was told.</summary>
    public const int DeviceTrouble = 4;

    /// <summary>Ctrl-C ended the work before it was done: 128 + SIGINT, as shells count.</summary>
    public const int Cancelled = 130;
}
