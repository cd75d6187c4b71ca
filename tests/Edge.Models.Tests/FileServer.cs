using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Edge.Models.Tests;

/// <summary>An HTTP server on this machine that gives files, and misbehaves where a test says so.</summary>
internal sealed class FileServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Lock gate = new();

    /// <summary>What silent answers wait for; waiting for nothing at all, they would be collected, and their connections closed.</summary>
    private readonly TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> requests = [];

    public FileServer()
    {
        listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>What is at which path.</summary>
    public Dictionary<string, byte[]> Files { get; } = [];

    /// <summary>Its address, without a path.</summary>
    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

    /// <summary>Whether requests for a part are answered with the whole.</summary>
    public bool IgnoresRanges { get; set; }

    /// <summary>How many bytes are sent before the connection is cut, by answer; none is cut beyond the list.</summary>
    public Queue<int> CutAfter { get; } = [];

    /// <summary>Statuses in place of the file, by answer.</summary>
    public Queue<string> Statuses { get; } = [];

    /// <summary>Where requests for any path but this one are sent on to; null to answer them.</summary>
    public string? RedirectTo { get; set; }

    /// <summary>The tag by which it knows its files; null for none.</summary>
    public string? Tag { get; set; } = "\"one\"";

    /// <summary>Content type of the answers.</summary>
    public string Type { get; set; } = "application/octet-stream";

    /// <summary>Whether answers say how long they are.</summary>
    public bool TellsLength { get; set; } = true;

    /// <summary>How many bytes are sent before an answer goes on no more, and does not end either; null for never.</summary>
    public int? HangsAfter { get; set; }

    /// <summary>Answers nothing at all.</summary>
    public bool IsSilent { get; set; }

    /// <summary>First line of each request, followed by its range if it has one.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (gate)
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
                TcpClient client = await listener.AcceptTcpClientAsync();
                _ = AnswerAsync(client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            using NetworkStream stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            string line = await reader.ReadLineAsync() ?? "";
            var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            while (await reader.ReadLineAsync() is { Length: > 0 } header)
            {
                headers[header[..header.IndexOf(':', StringComparison.Ordinal)]] = header[(header.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
            }

            lock (gate)
            {
                requests.Add(headers.TryGetValue("Range", out string? asked) ? $"{line} {asked}" : line);
            }

            if (IsSilent)
            {
                await over.Task;
                return;
            }

            (string head, ReadOnlyMemory<byte> body) = Answer(line, headers);
            int length = CutAfter.TryDequeue(out int cut) ? Math.Min(cut, body.Length) : body.Length;
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
            await stream.WriteAsync(body[..Math.Min(length, HangsAfter ?? length)]);
            if (HangsAfter is not null)
            {
                await over.Task;
            }
        }
    }

    private (string Head, ReadOnlyMemory<byte> Body) Answer(string line, Dictionary<string, string> headers)
    {
        // A proxy is asked with the whole address.
        string target = line.Split(' ')[1];
        string path = target.StartsWith("http", StringComparison.Ordinal) ? new Uri(target).AbsolutePath : target;
        if (Statuses.TryDequeue(out string? status))
        {
            return ($"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", default);
        }

        if (RedirectTo is not null && path != RedirectTo)
        {
            return ($"HTTP/1.1 302 Found\r\nLocation: {RedirectTo}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", default);
        }

        if (!Files.TryGetValue(path, out byte[]? file))
        {
            return ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", default);
        }

        bool sameFile = !headers.TryGetValue("If-Range", out string? condition) || condition == Tag;
        int from = headers.TryGetValue("Range", out string? range) && sameFile && !IgnoresRanges
            ? int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture) : 0;
        if (from > file.Length)
        {
            return ("HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", default);
        }

        string head = from == 0 ? "HTTP/1.1 200 OK\r\n" : $"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{file.Length - 1}/{file.Length}\r\n";
        string length = TellsLength ? $"Content-Length: {file.Length - from}\r\n" : "";
        string tag = Tag is null ? "" : $"ETag: {Tag}\r\n";
        return ($"{head}{length}{tag}Content-Type: {Type}\r\nConnection: close\r\n\r\n", file.AsMemory(from));
    }
}
