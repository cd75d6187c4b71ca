namespace Edge.Hosting.Actions;

/// <summary>Lights a lamp of the board for a while. Takes it from the kernel's trigger at once, and gives it back when disposed.</summary>
/// <remarks>Files as in the kernel's <c>Documentation/leds/leds-class.rst</c>: brightness, max_brightness, trigger.</remarks>
public sealed class LedAction : IEventAction
{
    internal const string BrightnessFile = "brightness";
    private const string DefaultMaximum = "255";

    private readonly string folder;
    private readonly TimedOutput output;
    private string maximum = DefaultMaximum;
    private string? formerTrigger;
    private string? formerBrightness;
    private bool prepared;

    /// <summary>Takes the lamp, as far as that works now; else the first event tries again.</summary>
    /// <param name="folder">Such as <c>/sys/class/leds/ACT</c>.</param>
    /// <param name="on">How long an event lights it.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public LedAction(string folder, TimeSpan on, TimeProvider? time = null)
    {
        this.folder = folder;
        output = new TimedOutput(lit => Write(BrightnessFile, lit ? maximum : "0"), on, time);
        try
        {
            Prepare();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first event says it, to the log.
        }
    }

    /// <inheritdoc/>
    public string Name => $"led {Path.GetFileName(folder)}";

    /// <inheritdoc/>
    public ValueTask HandleAsync(DeviceEvent heard, CancellationToken cancellationToken)
    {
        try
        {
            Prepare();
            output.Trigger();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException(Explain(e, Path.Combine(folder, BrightnessFile)), e);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Turns the lamp off and gives it back to its former trigger and brightness.</summary>
    public ValueTask DisposeAsync()
    {
        output.Dispose();
        try
        {
            if (formerBrightness is not null)
            {
                Write(BrightnessFile, formerBrightness);
            }

            if (formerTrigger is not null)
            {
                Write("trigger", formerTrigger);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A lamp that is gone needs nothing back.
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>What to do about a file of a lamp that cannot be written.</summary>
    internal static string Explain(Exception e, string path) => e switch
    {
        UnauthorizedAccessException => $"no permission to write {path}; a udev rule must give its group write access (the package's 60-edge.rules does, to gpio), and the service must be in that group.",
        FileNotFoundException or DirectoryNotFoundException => $"there is no {path}; was the lamp unplugged?",
        _ => $"cannot write {path}: {e.Message}",
    };

    private void Prepare()
    {
        if (prepared)
        {
            return;
        }

        maximum = Read("max_brightness") ?? DefaultMaximum;
        formerBrightness ??= Read(BrightnessFile); // where an earlier try came halfway, what it found counts
        formerTrigger ??= Selected(Read("trigger"));
        if (formerTrigger is not null)
        {
            Write("trigger", "none");
        }

        Write(BrightnessFile, "0");
        prepared = true;
    }

    /// <summary>The trigger in force is the one in brackets: <c>none [mmc0] timer</c>.</summary>
    private static string? Selected(string? triggers)
    {
        int start = triggers?.IndexOf('[', StringComparison.Ordinal) ?? -1;
        int end = start < 0 ? -1 : triggers!.IndexOf(']', start);
        return end < 0 ? null : triggers![(start + 1)..end];
    }

    private string? Read(string file)
    {
        string path = Path.Combine(folder, file);
        return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
    }

    private void Write(string file, string value)
    {
        using var stream = new FileStream(Path.Combine(folder, file), FileMode.Truncate, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        stream.Write(System.Text.Encoding.ASCII.GetBytes(value + "\n"));
    }
}
