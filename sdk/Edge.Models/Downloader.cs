using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;

namespace Edge.Models;

/// <summary>Downloads files whose length and SHA-256 are known: resumes what was interrupted, tries again what may pass, keeps nothing that is wrong.</summary>
/// <remarks>Proxies are those of the environment (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY).</remarks>
internal sealed class Downloader : IDisposable
{
    private const int BufferBytes = 64 * 1024;
    private const int MostRedirections = 5;

    private readonly HttpClient client = new(new SocketsHttpHandler { MaxAutomaticRedirections = MostRedirections })
    {
        Timeout = Timeout.InfiniteTimeSpan, // a slow line is no fault, a silent one is: see Silence
        DefaultRequestHeaders = { UserAgent = { new ProductInfoHeaderValue("edge", "1") } },
    };

    /// <summary>How often in a row a request may bring nothing before its fault is reported.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>How long nothing may arrive.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long to wait after a failed attempt, of which there were so many.</summary>
    public Func<int, TimeSpan> Pause { get; init; } = failures => TimeSpan.FromSeconds(1 << failures);

    /// <summary>Told how many bytes have arrived since it was last told; less than none where a download begins anew.</summary>
    public Action<long>? Progress { get; init; }

    /// <summary>Sees to it that the file is at <paramref name="path"/>.</summary>
    /// <param name="file">What it must be.</param>
    /// <param name="address">Where it is had from.</param>
    /// <param name="path">Where it goes; nothing of this name appears before it is whole and right.</param>
    /// <param name="cancellationToken">Ends the work; what has arrived stays, and the next call goes on from there.</param>
    /// <exception cref="DownloadException">It cannot be had, or what is there is another file.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public async Task DownloadAsync(CatalogueFile file, Uri address, string path, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var part = new PartialFile(path);
        bool resumed = part.Length > 0;
        Progress?.Invoke(part.Length);
        await FetchAsync(file, address, part, cancellationToken).ConfigureAwait(false);
        string hash = CatalogueFile.HashOf(part.Path);
        if (hash != file.Sha256 && resumed)
        {
            // What was there before may have been of another file.
            Restart(part, null);
            await FetchAsync(file, address, part, cancellationToken).ConfigureAwait(false);
            hash = CatalogueFile.HashOf(part.Path);
        }

        if (hash != file.Sha256)
        {
            part.Discard();
            throw new DownloadException($"{address}: a file of SHA-256 {hash} is there; expected {file.Sha256}. It is not the file that is in the catalogue, and was not kept.");
        }

        part.Complete();
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private async Task FetchAsync(CatalogueFile file, Uri address, PartialFile part, CancellationToken cancellationToken)
    {
        int failures = 0;
        while (part.Length != file.Bytes)
        {
            long before = part.Length;
            try
            {
                await RequestAsync(file, address, part, cancellationToken).ConfigureAwait(false);
            }
            catch (DownloadException e) when (e.IsPassing && (failures < Attempts - 1 || part.Length > before))
            {
                failures = part.Length > before ? 1 : failures + 1; // a line that breaks often still gets there
                await Task.Delay(Pause(failures), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>One request: for the whole file, or for what is missing of it.</summary>
    private async Task RequestAsync(CatalogueFile file, Uri address, PartialFile part, CancellationToken cancellationToken)
    {
        if (part.Length > file.Bytes)
        {
            Restart(part, null);
        }

        long have = part.Length;
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (have > 0)
        {
            request.Headers.Range = new RangeHeaderValue(have, null);
            request.Headers.IfRange = part.Tag is { IsWeak: false } tag ? new RangeConditionHeaderValue(tag) : null;
        }

        using HttpResponseMessage response = await Guarded(
            address, token => client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token), cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable || (response.StatusCode == HttpStatusCode.PartialContent && !Continues(response, part, file)))
        {
            Restart(part, null);
            throw new DownloadException($"{address}: the server cannot go on from byte {have:N0}.", isPassing: true);
        }

        Check(response, address, file);
        if (response.StatusCode != HttpStatusCode.PartialContent)
        {
            Restart(part, response.Headers.ETag);
        }

        await CopyAsync(response, address, file, part, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether a partial answer is what is missing of the file that the part is of.</summary>
    private static bool Continues(HttpResponseMessage response, PartialFile part, CatalogueFile file) =>
        response.Content.Headers.ContentRange is { } range && range.From == part.Length && (range.Length ?? file.Bytes) == file.Bytes
        && (response.Headers.ETag is not { } tag || part.Tag is not { } known || tag.Tag == known.Tag);

    private static void Check(HttpResponseMessage response, Uri address, CatalogueFile file)
    {
        int status = (int)response.StatusCode;
        if (!response.IsSuccessStatusCode)
        {
            bool isPassing = status is 408 or 429 or >= 500;
            throw new DownloadException($"{address}: the server answers {status} {response.ReasonPhrase}{Advice(response.StatusCode)}", isPassing);
        }

        string? type = response.Content.Headers.ContentType?.MediaType;
        if (type == "text/html")
        {
            throw Page(address);
        }

        if (response.StatusCode != HttpStatusCode.PartialContent && response.Content.Headers.ContentLength is long length && length != file.Bytes)
        {
            throw new DownloadException($"{address}: a file of {length:N0} bytes is there; expected {file.Bytes:N0}. It is not the file that is in the catalogue.");
        }
    }

    private static string Advice(HttpStatusCode status) => status switch
    {
        HttpStatusCode.NotFound or HttpStatusCode.Gone => "; the file is not there any more. A mirror is named by --address.",
        HttpStatusCode.ProxyAuthenticationRequired => "; the proxy wants a name and a password: HTTPS_PROXY=http://NAME:PASSWORD@HOST:PORT.",
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => "; it does not give the file to this machine. A mirror is named by --address.",
        _ => ".",
    };

    private static DownloadException Page(Uri address) => new(
        $"{address}: a web page came, not the file; a network that asks to sign in first, or a proxy, stands between. Open any page in a browser, or name a mirror by --address.");

    private async Task CopyAsync(HttpResponseMessage response, Uri address, CatalogueFile file, PartialFile part, CancellationToken cancellationToken)
    {
        using Stream body = await Guarded(address, response.Content.ReadAsStreamAsync, cancellationToken).ConfigureAwait(false);
        using FileStream target = part.Append();
        var buffer = new byte[BufferBytes];
        while (true)
        {
            int read = await Guarded(address, token => body.ReadAsync(buffer, token).AsTask(), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                break;
            }

            if (target.Position == 0 && buffer.AsSpan(0, read).TrimStart("\uFEFF \t\r\n"u8).StartsWith("<"u8))
            {
                throw Page(address);
            }

            if (target.Position + read > file.Bytes)
            {
                target.SetLength(0);
                throw new DownloadException($"{address}: more than {file.Bytes:N0} bytes came, as many as expected. It is not the file that is in the catalogue.");
            }

            target.Write(buffer, 0, read);
            Progress?.Invoke(read);
        }

        if (target.Position < file.Bytes)
        {
            throw new DownloadException($"{address}: the connection ended after {target.Position:N0} of {file.Bytes:N0} bytes.", isPassing: true);
        }
    }

    /// <summary>Waits for the network; its faults, and its silence, become a <see cref="DownloadException"/>.</summary>
    private async Task<T> Guarded<T>(Uri address, Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(Silence);
        try
        {
            return await work(limited.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DownloadException($"{address}: nothing came for {Silence.TotalSeconds:0} s. Is this machine on line? A proxy is named by HTTPS_PROXY.", isPassing: true);
        }
        catch (HttpRequestException e) when (e.InnerException is AuthenticationException)
        {
            throw new DownloadException($"{address}: no secure connection: {e.InnerException.Message} Is the date of this machine right ({DateTime.Now:yyyy-MM-dd})?", cause: e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            string advice = e is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError }
                ? ". Is this machine on line? A proxy is named by HTTPS_PROXY, a mirror by --address." : "";
            throw new DownloadException($"{address}: {e.Message}{advice}", isPassing: true, e);
        }
    }

    private void Restart(PartialFile part, EntityTagHeaderValue? tag)
    {
        Progress?.Invoke(-part.Length);
        part.Begin(tag);
    }
}
