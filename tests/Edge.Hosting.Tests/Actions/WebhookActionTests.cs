using Edge.Hosting.Actions;

namespace Edge.Hosting.Tests.Actions;

public sealed class WebhookActionTests : IDisposable
{
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(30);

    private readonly HookServer server = new();

    public void Dispose() => server.Dispose();

    [Fact]
    public async Task The_event_is_posted_as_JSON_with_the_headers()
    {
        await using var action = new WebhookAction(new Uri(server.Url), new Dictionary<string, string> { ["X-Key"] = "abc" }, Generous);
        await action.HandleAsync(Some.Event(7), TestContext.Current.CancellationToken);
        (string head, string body) = Assert.Single(server.Requests);
        Assert.StartsWith("POST /hook HTTP/1.1\r\n", head);
        Assert.Contains("X-Key: abc\r\n", head);
        Assert.Contains("Content-Type: application/json\r\n", head);
        Assert.Equal(EventLine.Format(Some.Event(7)), System.Text.Encoding.UTF8.GetBytes(body));
    }

    [Fact]
    public async Task A_password_in_the_address_becomes_basic_authentication_and_stays_out_of_the_name()
    {
        await using var action = new WebhookAction(new Uri($"http://me:p%40ss@127.0.0.1:{server.Port}/secret-path"), null, Generous);
        await action.HandleAsync(Some.Event(), TestContext.Current.CancellationToken);
        Assert.Contains($"Authorization: Basic {Convert.ToBase64String("me:p@ss"u8)}\r\n", server.Requests[0].Head);
        Assert.Equal($"webhook http://127.0.0.1:{server.Port}", action.Name);
    }

    [Theory]
    [InlineData("400 Bad Request")]
    [InlineData("404 Not Found")]
    [InlineData("302 Found\r\nLocation: http://elsewhere/")]
    public async Task A_refusal_is_final(string answer)
    {
        server.Answers.Enqueue(answer);
        await using var action = new WebhookAction(new Uri(server.Url), null, Generous);
        IOException refused = await Assert.ThrowsAsync<IOException>(() => action.HandleAsync(Some.Event(), TestContext.Current.CancellationToken).AsTask());
        Assert.Contains(answer[..3], refused.Message);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_redirection_is_told_without_its_path_which_may_be_a_password()
    {
        server.Answers.Enqueue("308 Permanent Redirect\r\nLocation: https://elsewhere:8443/api/webhook/secret?token=secret");
        await using var action = new WebhookAction(new Uri(server.Url), null, Generous);
        IOException refused = await Assert.ThrowsAsync<IOException>(() => action.HandleAsync(Some.Event(), TestContext.Current.CancellationToken).AsTask());
        Assert.Contains("leads to https://elsewhere:8443;", refused.Message);
        Assert.DoesNotContain("secret", refused.Message);
    }

    [Theory]
    [InlineData("500 Internal Server Error", true, null)]
    [InlineData("503 Service Unavailable\r\nRetry-After: 120", false, 120)]
    [InlineData("429 Too Many Requests\r\nRetry-After: 7", false, 7)]
    [InlineData("503 Service Unavailable\r\nRetry-After: Wed, 21 Oct 2015 07:28:00 GMT", false, 0)]
    [InlineData("503 Service Unavailable\r\nRetry-After: soon", false, null)]
    public async Task A_server_in_trouble_is_tried_again_when_it_asks_for(string answer, bool wasRefused, int? afterSeconds)
    {
        server.Answers.Enqueue(answer);
        await using var action = new WebhookAction(new Uri(server.Url), null, Generous);
        RetryException retry = await Assert.ThrowsAsync<RetryException>(() => action.HandleAsync(Some.Event(), TestContext.Current.CancellationToken).AsTask());
        Assert.Equal(wasRefused, retry.WasRefused);
        Assert.Equal(afterSeconds, retry.After?.TotalSeconds);
    }

    [Fact]
    public async Task A_silent_server_is_given_up_after_the_time_limit_and_tried_again()
    {
        server.IsSilent = true;
        await using var action = new WebhookAction(new Uri(server.Url), null, TimeSpan.FromMilliseconds(100));
        RetryException retry = await Assert.ThrowsAsync<RetryException>(() => action.HandleAsync(Some.Event(), TestContext.Current.CancellationToken).AsTask());
        Assert.Equal("no answer within 100 ms (TimeoutMs).", retry.Message);
        Assert.False(retry.WasRefused);
    }

    [Fact]
    public async Task Events_wait_for_a_server_that_is_away_and_none_is_lost()
    {
        int port = server.Port;
        server.Dispose();
        var log = new LogLines();
        var options = new ActionQueueOptions { FirstDelay = TimeSpan.FromMilliseconds(1), LongestDelay = TimeSpan.FromMilliseconds(20), MaximumAttempts = 2 };
        await using var queue = new ActionQueue(new WebhookAction(new Uri(server.Url), null, Generous), options, log);
        for (long i = 1; i <= 20; i++)
        {
            queue.TryPost(Some.Event(i));
        }

        await Eventually.HoldsAsync(() => queue.Counters.Retried > 5);
        using var back = new HookServer(port);
        await Eventually.HoldsAsync(() => queue.Counters.Sent == 20, () => queue.Counters.ToString());
        Assert.Equal(Enumerable.Range(1, 20).Select(i => $"\"sequence\":{i},"), back.Requests.Select(request => request.Body[request.Body.IndexOf("\"sequence\"", StringComparison.Ordinal)..(request.Body.IndexOf("\"model\"", StringComparison.Ordinal))]));
        Assert.Equal(2, log.Lines.Count);
    }
}
