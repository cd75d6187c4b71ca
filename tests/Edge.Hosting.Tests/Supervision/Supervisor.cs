using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Edge.Hosting.Tests.Supervision;

/// <summary>Does to a program what systemd does to a unit of Type=notify with Restart=always and WatchdogSec: starts it, hears its notifications, kills it where it hangs, starts it again where it ends, stops it by SIGTERM.</summary>
internal sealed partial class Supervisor : IAsyncDisposable
{
    public const int Kill = 9;
    public const int HangUp = 1;
    public const int Stop = 19;

    private const int Terminate = 15;
    private const int LookMs = 20;
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);

    private readonly string program;
    private readonly string[] arguments;
    private readonly IReadOnlyDictionary<string, string> environment;
    private readonly TimeSpan watchdog;
    private readonly string socketPath;
    private readonly Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly CancellationTokenSource ended = new();
    private readonly Lock gate = new();
    private readonly List<string> log = [];
    private readonly Task work;
    private Process? process;
    private volatile bool stopping;
    private long fedAt;

    /// <param name="program">The program.</param>
    /// <param name="arguments">What stands after its name.</param>
    /// <param name="folder">Where the notification socket lies.</param>
    /// <param name="watchdog">How long the program may go without a sign of life.</param>
    /// <param name="environment">Added to that of this process.</param>
    public Supervisor(string program, string[] arguments, string folder, TimeSpan watchdog, IReadOnlyDictionary<string, string> environment)
    {
        (this.program, this.arguments, this.watchdog, this.environment) = (program, arguments, watchdog, environment);
        socketPath = Path.Combine(folder, "notify");
        socket.Bind(new UnixDomainSocketEndPoint(socketPath));
        work = Task.WhenAll(ReceiveAsync(), SuperviseAsync());
    }

    /// <summary>Times that the program was started.</summary>
    public int Starts { get; private set; }

    /// <summary>Times that it said it was ready.</summary>
    public int Readies { get; private set; }

    /// <summary>Signs of life since it was last ready.</summary>
    public int Feeds { get; private set; }

    /// <summary>Times that it was killed because it gave none.</summary>
    public int WatchdogKills { get; private set; }

    /// <summary>What it last said of itself.</summary>
    public string Status { get; private set; } = "";

    /// <summary>Whether it said that it stops.</summary>
    public bool SaidStopping { get; private set; }

    /// <summary>Everything that it wrote to standard error, over all starts.</summary>
    public string[] Log
    {
        get
        {
            lock (gate)
            {
                return [.. log];
            }
        }
    }

    /// <summary>Lines of the log that hold a text.</summary>
    public string[] Lines(string text) => Array.FindAll(Log, line => line.Contains(text, StringComparison.OrdinalIgnoreCase));

    /// <summary>Sends the program a signal.</summary>
    public void Signal(int signal) => Assert.Equal(0, Send(process!.Id, signal));

    /// <summary>Stops the program as systemd does, and starts it no more.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        stopping = true;
        Process last = process!;
        if (!last.HasExited)
        {
            Signal(Terminate);
            try
            {
                await last.WaitForExitAsync().WaitAsync(StopPatience);
            }
            catch (TimeoutException)
            {
                last.Kill();
                await last.WaitForExitAsync();
            }
        }

        return last.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            await StopAsync();
        }

        await ended.CancelAsync();
        await work;
        socket.Dispose();
        ended.Dispose();
    }

    private async Task SuperviseAsync()
    {
        while (!stopping)
        {
            using Process run = Start();
            Task reading = ReadLogAsync(run.StandardError);
            while (!run.HasExited)
            {
                await Task.Delay(LookMs);
                if (!stopping && Interlocked.Read(ref fedAt) is > 0 and long at && Stopwatch.GetElapsedTime(at) > watchdog)
                {
                    WatchdogKills++;
                    run.Kill();
                    await run.WaitForExitAsync();
                }
            }

            Interlocked.Exchange(ref fedAt, 0);
            await reading;
            await Task.Delay(LookMs);
            while (stopping && !ended.IsCancellationRequested)
            {
                await Task.Delay(LookMs); // whoever stops it reads its exit code
            }
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["NOTIFY_SOCKET"] = socketPath;
        start.Environment["WATCHDOG_USEC"] = ((long)watchdog.TotalMicroseconds).ToString(CultureInfo.InvariantCulture);
        Starts++;
        return process = Process.Start(start)!;
    }

    private async Task ReadLogAsync(StreamReader errors)
    {
        while (await errors.ReadLineAsync() is { } line)
        {
            lock (gate)
            {
                log.Add(line);
            }
        }
    }

    private async Task ReceiveAsync()
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (true)
            {
                int count = await socket.ReceiveAsync(buffer, ended.Token);
                foreach (string line in Encoding.UTF8.GetString(buffer, 0, count).Split('\n'))
                {
                    Take(line);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void Take(string assignment)
    {
        switch (assignment.Split('=', 2))
        {
            case ["READY", "1"]:
                (Readies, Feeds) = (Readies + 1, 0);
                Interlocked.Exchange(ref fedAt, Stopwatch.GetTimestamp());
                break;
            case ["WATCHDOG", "1"]:
                Feeds++;
                Interlocked.Exchange(ref fedAt, Stopwatch.GetTimestamp());
                break;
            case ["STATUS", var status]:
                Status = status;
                break;
            case ["STOPPING", "1"]:
                SaidStopping = true;
                break;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Send(int process, int signal);
}
