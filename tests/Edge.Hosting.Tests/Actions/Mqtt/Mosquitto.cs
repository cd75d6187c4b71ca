using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Edge.Hosting.Tests.Actions.Mqtt;

/// <summary>Debian's mosquitto, run for a test; skips the test where it is absent.</summary>
internal sealed class Mosquitto : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string program;
    private readonly List<Process> subscribers = [];
    private readonly List<string> messages = [];
    private Process? broker;

    public Mosquitto(params string[] settings)
    {
        program = Find("mosquitto");
        Find("mosquitto_sub");
        Port = FreePort();
        File.WriteAllLines(folder.PathTo("mosquitto.conf"),
            [$"listener {Port} 127.0.0.1", "user root", "persistence true", $"persistence_location {folder.Path}/", .. settings.DefaultIfEmpty("allow_anonymous true")]);
    }

    public int Port { get; }

    public string Url => $"mqtt://127.0.0.1:{Port}";

    public string Folder => folder.Path;

    /// <summary>What the subscriber got: <c>RETAINED TOPIC PAYLOAD</c>.</summary>
    public IReadOnlyList<string> Messages
    {
        get
        {
            lock (messages)
            {
                return [.. messages];
            }
        }
    }

    /// <summary>A program of Debian's packages mosquitto and mosquitto-clients.</summary>
    public static string Find(string name)
    {
        string? found = new[] { "/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin" }.Select(at => Path.Combine(at, name)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(found is null, $"{name} is not installed; apt-get install mosquitto mosquitto-clients");
        return found;
    }

    public async Task StartAsync()
    {
        broker = Process.Start(new ProcessStartInfo(program, ["-c", folder.PathTo("mosquitto.conf")]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        await Eventually.HoldsAsync(Answers, () => broker.HasExited ? broker.StandardError.ReadToEnd() : "no answer");
    }

    /// <summary>Ends the broker; it keeps the sessions of its subscribers.</summary>
    public async Task StopAsync()
    {
        using Process kill = Process.Start("kill", ["-TERM", broker!.Id.ToString(CultureInfo.InvariantCulture)]);
        await broker.WaitForExitAsync(TestContext.Current.CancellationToken);
        broker.Dispose();
        broker = null;
    }

    /// <summary>Subscribes to everything, with a session that outlives the broker.</summary>
    public async Task SubscribeAsync(params string[] login)
    {
        string[] arguments = ["-h", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture), "-i", "subscriber", "-c", "-q", "1", "-t", "#", "-F", "%r %t %p", "-d", .. login];
        Process process = Process.Start(new ProcessStartInfo("stdbuf", ["-oL", Find("mosquitto_sub"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var subscribed = new TaskCompletionSource();
        process.OutputDataReceived += (_, line) => Take(line.Data, subscribed);
        process.BeginOutputReadLine();
        subscribers.Add(process);
        await subscribed.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        foreach (Process process in subscribers.Append(broker).OfType<Process>())
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        folder.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private bool Answers()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void Take(string? line, TaskCompletionSource subscribed)
    {
        if (line?.Contains("SUBACK", StringComparison.Ordinal) == true)
        {
            subscribed.TrySetResult();
        }
        else if (line is ['0' or '1', ' ', ..])
        {
            lock (messages)
            {
                messages.Add(line);
            }
        }
    }
}
