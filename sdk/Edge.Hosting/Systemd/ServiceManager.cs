using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Edge.Hosting.Systemd;

/// <summary>Tells the service manager how this service does: sd_notify(3), one datagram a message to the socket that NOTIFY_SOCKET names.</summary>
internal sealed class ServiceManager : IDisposable
{
    private readonly Socket? socket;
    private readonly UnixDomainSocketEndPoint? address;

    /// <param name="path">The socket's path, of an abstract one with @ before it; null or empty for none.</param>
    /// <param name="watchdog">How often it expects a sign of life; null for never.</param>
    public ServiceManager(string? path, TimeSpan? watchdog = null)
    {
        Watchdog = watchdog;
        if (!string.IsNullOrEmpty(path))
        {
            socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            address = new UnixDomainSocketEndPoint(path[0] == '@' ? $"\0{path.AsSpan(1)}" : path);
        }
    }

    /// <summary>Whether there is a service manager.</summary>
    public bool IsPresent => socket is not null;

    /// <summary>How often it expects a sign of life; null for never.</summary>
    public TimeSpan? Watchdog { get; }

    /// <summary>The one that started this process, by its environment; takes the variables out of it, so that no program that an action starts takes them for its own.</summary>
    public static ServiceManager FromEnvironment()
    {
        string? path = Take("NOTIFY_SOCKET");
        string? process = Take("WATCHDOG_PID");
        bool own = string.IsNullOrEmpty(process) || process == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        bool expected = long.TryParse(Take("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds) && microseconds > 0;
        return new ServiceManager(path, own && expected ? TimeSpan.FromMicroseconds(microseconds) : null);
    }

    /// <summary>Sends assignments such as "READY=1", a line each; what the manager does not take is dropped.</summary>
    public void Notify(string state)
    {
        try
        {
            socket?.SendTo(Encoding.UTF8.GetBytes(state), address!);
        }
        catch (SocketException)
        {
            // It is gone, restarts, or its queue is full. That is no reason to stop listening; the next message tells it again.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => socket?.Dispose();

    private static string? Take(string variable)
    {
        string? value = Environment.GetEnvironmentVariable(variable);
        Environment.SetEnvironmentVariable(variable, null);
        return value;
    }
}
