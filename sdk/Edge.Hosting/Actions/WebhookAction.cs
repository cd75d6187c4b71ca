using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Edge.Hosting.Actions;

/// <summary>Posts each event as JSON (<see cref="EventLine"/>) to a web address.</summary>
/// <remarks>
/// Success is any 2xx. A server that is not reached is tried again; so is one that answers 408, 429 or 5xx, no sooner than its
/// <c>Retry-After</c> says (RFC 9110, section 10.2.3). Other answers are final, redirections too: a POST must not change its address
/// unseen.
/// </remarks>
public sealed class WebhookAction : IEventAction
{
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5); // then the name is looked up again

    private readonly HttpClient client;
    private readonly Uri url;
    private readonly TimeSpan timeout;

    /// <summary>Prepares; nothing is sent yet.</summary>
    /// <param name="url">Where to; <c>user:password@</c> becomes basic authentication.</param>
    /// <param name="headers">Sent with each request; null for none.</param>
    /// <param name="timeout">How long a request may take.</param>
    public WebhookAction(Uri url, IReadOnlyDictionary<string, string>? headers, TimeSpan timeout)
    {
        this.url = url;
        this.timeout = timeout;
        client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = ConnectionLifetime, UseCookies = false })
        {
            Timeout = Timeout.InfiniteTimeSpan, // each request has its own
        };
        if (url.UserInfo.Length > 0)
        {
            byte[] credentials = Encoding.UTF8.GetBytes(Uri.UnescapeDataString(url.UserInfo));
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(credentials));
        }

        foreach ((string name, string value) in headers ?? new Dictionary<string, string>())
        {
            client.DefaultRequestHeaders.Remove(name);
            client.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
        }
    }

    /// <inheritdoc/>
    public string Name => $"webhook {url.Scheme}://{url.Authority}";

    /// <inheritdoc/>
    public async ValueTask HandleAsync(DeviceEvent heard, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(EventLine.Format(heard));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(timeout);
        try
        {
            using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token).ConfigureAwait(false);
            Judge(response);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RetryException(string.Create(CultureInfo.InvariantCulture, $"no answer within {timeout.TotalMilliseconds} ms (TimeoutMs)."), e);
        }
        catch (HttpRequestException e)
        {
            throw new RetryException($"the server is not reached: {e.InnerException?.Message ?? e.Message}.", e);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    private static void Judge(HttpResponseMessage response)
    {
        int status = (int)response.StatusCode;
        string answer = $"the server answered {status} {response.ReasonPhrase}".TrimEnd();
        switch (response.StatusCode)
        {
            case >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices:
                return;
            case HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
                or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout:
                throw new RetryException($"{answer}.") { After = RetryAfter(response) }; // says nothing about the event
            case >= HttpStatusCode.InternalServerError:
                throw new RetryException($"{answer}.") { WasRefused = true, After = RetryAfter(response) };
            case >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest:
                throw new IOException($"{answer}{Elsewhere(response.Headers.Location)}; name the address that takes the events in Url.");
            default:
                throw new IOException($"{answer}; the event is not sent again. Check Url and Headers.");
        }
    }

    /// <summary>Where a redirection leads, without the path: that of a webhook is often its password.</summary>
    private static string Elsewhere(Uri? location) => location is { IsAbsoluteUri: true } ? $" and leads to {location.Scheme}://{location.Authority}" : "";

    private static TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date > DateTimeOffset.UtcNow ? date - DateTimeOffset.UtcNow : TimeSpan.Zero,
        _ => null,
    };
}
