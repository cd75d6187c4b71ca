namespace Edge.Hosting.Actions;

/// <summary>Kind <c>webhook</c>: an HTTP request for each event.</summary>
internal sealed class WebhookKind : IActionKind
{
    private const int LongestTimeoutMs = 600_000;
    private const int MostAttempts = 1000;

    public string Kind => "webhook";

    public IReadOnlyCollection<string> Fields { get; } =
        [nameof(ActionOptions.Url), nameof(ActionOptions.Headers), nameof(ActionOptions.TimeoutMs), nameof(ActionOptions.MaximumAttempts)];

    public void Check(ActionOptions options, ICollection<string> faults)
    {
        if (!Uri.TryCreate(options.Url, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https") || url.Host.Length == 0)
        {
            faults.Add($"Url is {(string.IsNullOrEmpty(options.Url) ? "missing" : "no web address")}; expected http://HOST/PATH or https://HOST/PATH."); // it may hold a password, so it is not repeated
        }
        else if (url.Fragment.Length > 0)
        {
            faults.Add("Url has a #, and what follows it is never sent; write it %23, in a password too.");
        }

        foreach ((string name, string value) in options.Headers ?? [])
        {
            if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c)))
            {
                faults.Add($"Headers has the name '{name}'; expected letters, digits and dashes.");
            }
            else if (name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase))
            {
                faults.Add($"Headers has {name}; the body is always application/json. Take it out.");
            }
            else if (value is null || value.Any(c => char.IsControl(c) && c != '\t'))
            {
                faults.Add($"Headers: the value of {name} is empty or holds a control character; expected one line of text.");
            }
        }

        ActionOptions.CheckRange(nameof(options.TimeoutMs), options.TimeoutMs, 1, LongestTimeoutMs, faults);
        ActionOptions.CheckRange(nameof(options.MaximumAttempts), options.MaximumAttempts, 1, MostAttempts, faults);
    }

    public IEventAction Create(ActionOptions options, ActionContext context) =>
        new WebhookAction(new Uri(options.Url!), options.Headers, TimeSpan.FromMilliseconds(options.TimeoutMs ?? CommandKind.DefaultTimeoutMs));
}
