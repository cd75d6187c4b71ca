using Edge.Hosting.Actions;

namespace Edge.Service;

/// <summary>Prints events as JSON lines.</summary>
/// <param name="output">Standard output.</param>
internal sealed class StandardOutputAction(Stream output) : IEventAction
{
    /// <inheritdoc/>
    public string Name => "standard output";

    /// <inheritdoc/>
    public async ValueTask HandleAsync(DeviceEvent heard, CancellationToken cancellationToken) =>
        await output.WriteAsync((byte[])[.. EventLine.Format(heard), (byte)'\n'], cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
