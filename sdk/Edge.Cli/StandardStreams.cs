using Microsoft.Win32.SafeHandles;

namespace Edge.Cli;

/// <summary>Where a command reads and writes; a test brings its own.</summary>
/// <param name="Input">Raw sound.</param>
/// <param name="Output">Results.</param>
/// <param name="Errors">Messages; null for the console's, which costs start-up time and is opened when it is needed.</param>
internal sealed record StandardStreams(Stream Input, Stream Output, TextWriter? Errors = null)
{
    /// <summary>The streams of this process; call it first of all, for the next file opened takes the number of a stream that is closed.</summary>
    public static StandardStreams OfProcess() => new(Open(0, FileAccess.Read), Open(1, FileAccess.Write));

    /// <summary>Prints a message for people.</summary>
    public void Tell(string message) => (Errors ?? Console.Error).WriteLine($"edge: {message}");

    /// <summary>Runs a command line on these streams.</summary>
    /// <param name="program">The program.</param>
    /// <param name="args">What stands after its name.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public int Run(CommandLine program, string[] args)
    {
        try
        {
            using var help = new StringWriter();
            int code = program.Run(args, help, Errors);
            Print(help.ToString());
            return code;
        }
        catch (OutputException e)
        {
            if (e.ReaderIsGone)
            {
                return ExitCode.Done;
            }

            Tell(e.Message);
            return ExitCode.WorkFailed;
        }
    }

    private void Print(string help)
    {
        if (help.Length > 0)
        {
            using var results = new ResultWriter(Output, asJson: false);
            results.Line(help.TrimEnd());
            results.Flush();
        }
    }

    /// <remarks>
    /// The console's own stream hides that the reader of a pipe is gone, and `edge listen | head -1` would never end. For a
    /// file it is the right one: it writes where the process before it stopped.
    /// </remarks>
    private static Stream Open(int descriptor, FileAccess access)
    {
        if (!OperatingSystem.IsWindows())
        {
            var handle = new SafeFileHandle(descriptor, ownsHandle: false);
            if (IsClosed(handle))
            {
                return new ClosedStream(access == FileAccess.Read ? "Standard input" : "Standard output");
            }

            try
            {
                var stream = new FileStream(handle, access, bufferSize: 0);
                if (!stream.CanSeek)
                {
                    return stream;
                }
            }
            catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
            {
                // Opened the other way round: the console's stream copes.
            }
        }

        return access == FileAccess.Read ? Console.OpenStandardInput() : Console.OpenStandardOutput();
    }

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static bool IsClosed(SafeFileHandle handle)
    {
        try
        {
            _ = File.GetUnixFileMode(handle);
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) // EBADF is the second
        {
            return true;
        }
    }
}
