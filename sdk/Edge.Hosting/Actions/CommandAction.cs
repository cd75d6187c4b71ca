using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Edge.Hosting.Actions;

/// <summary>Starts a program for each event, with the event's parts as arguments.</summary>
/// <remarks>
/// There is no shell: an argument reaches the program as it is, whatever a label holds. A program that takes labels should get
/// them after its <c>--</c>, as a label may begin with a dash. Its standard input is empty.
/// </remarks>
public sealed class CommandAction : IEventAction
{
    private const int KeptBytes = 1024; // of what a failing program printed
    private static readonly TimeSpan OutputPatience = TimeSpan.FromMilliseconds(500);

    private readonly string[] command;
    private readonly TimeSpan timeout;

    /// <summary>Prepares to start the program; nothing is started yet.</summary>
    /// <param name="command">The program, then its arguments with placeholders (<see cref="EventText"/>).</param>
    /// <param name="timeout">After this time the program is killed, with all that it started.</param>
    public CommandAction(IReadOnlyList<string> command, TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfZero(command.Count);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        this.command = [.. command];
        this.timeout = timeout;
    }

    /// <inheritdoc/>
    public string Name => $"command {command[0]}";

    /// <inheritdoc/>
    public async ValueTask HandleAsync(DeviceEvent heard, CancellationToken cancellationToken)
    {
        using Process process = Start(heard);
        process.StandardInput.Close();
        var output = new StringBuilder();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(timeout);
        Task reading = Task.WhenAll(KeepAsync(process.StandardOutput.BaseStream, output), KeepAsync(process.StandardError.BaseStream, output));
        try
        {
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            string fate = Kill(process);
            cancellationToken.ThrowIfCancellationRequested();
            throw new IOException(string.Create(CultureInfo.InvariantCulture,
                $"{fate}: it ran longer than {timeout.TotalMilliseconds} ms (TimeoutMs).{Printed(output)}"));
        }

        // A program that it left behind may hold the pipes open; nobody waits for that.
        await Task.WhenAny(reading, Task.Delay(OutputPatience, cancellationToken)).ConfigureAwait(false);
        if (process.ExitCode != 0)
        {
            throw new IOException($"ended with code {process.ExitCode}; expected 0.{Printed(output)}");
        }
    }

    /// <summary>Nothing is held between two events.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Process Start(DeviceEvent heard)
    {
        var start = new ProcessStartInfo(command[0])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in command.Skip(1))
        {
            start.ArgumentList.Add(EventText.Fill(argument, heard));
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new IOException($"cannot be started: {e.Message}", e);
        }
    }

    /// <summary>Ends the program with all that it started; says what became of it.</summary>
    private static string Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
            return "was killed";
        }
        catch (Exception e) when (e is Win32Exception or AggregateException)
        {
            return "runs on, as this user may not kill all of it"; // what it started may be another user's, as with sudo
        }
    }

    /// <summary>Reads to the end, so that the program never waits for its output to be taken, and keeps the beginning.</summary>
    private static async Task KeepAsync(Stream stream, StringBuilder output)
    {
        var buffer = new byte[KeptBytes];
        try
        {
            int count;
            while ((count = await stream.ReadAsync(buffer).ConfigureAwait(false)) > 0)
            {
                lock (output)
                {
                    int room = Math.Min(count, KeptBytes - output.Length);
                    output.Append(Encoding.UTF8.GetString(buffer, 0, Math.Max(room, 0)));
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The process is gone; what it said is kept.
        }
    }

    private static string Printed(StringBuilder output)
    {
        lock (output)
        {
            string text = output.ToString().Trim().ReplaceLineEndings(" | ");
            return text.Length == 0 ? "" : $" It printed: {text}";
        }
    }
}
