using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Edge.Hosting.Tests.Actions;

/// <summary>An HTTP server on this machine that keeps what is posted and answers as a test says.</summary>
internal sealed class HookServer : IDisposable
{
    private readonly TcpListener listener;
    private readonly TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(string Head, string Body)> requests = [];

    public HookServer(int port = 0)
    {
        listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    public string Url => $"http://127.0.0.1:{Port}/hook";

    /// <summary>Status line and further headers, by answer; 204 beyond the list.</summary>
    public Queue<string> Answers { get; } = [];

    /// <summary>Takes requests and answers nothing.</summary>
    public bool IsSilent { get; set; }

    public IReadOnlyList<(string Head, string Body)> Requests
    {
        get
        {
            lock (requests)
            {
                return [.. requests];
            }
        }
    }

    public void Dispose()
    {
        over.TrySetResult();
        listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = AnswerAsync(await listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using TcpClient mine = client;
        NetworkStream stream = client.GetStream();
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) == 1)
        {
            head.Append((char)one[0]);
        }

        string length = head.ToString().Split("\r\n").First(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))[15..];
        var body = new byte[int.Parse(length, CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body);
        string answer;
        lock (requests)
        {
            requests.Add((head.ToString(), Encoding.UTF8.GetString(body)));
            answer = Answers.TryDequeue(out string? said) ? said : "204 No Content";
        }

        if (IsSilent)
        {
            await over.Task;
            return;
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
    }
}
