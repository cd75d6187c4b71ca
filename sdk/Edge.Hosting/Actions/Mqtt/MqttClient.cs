using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Edge.Hosting.Actions.Mqtt;

/// <summary>One connection to an MQTT 3.1.1 broker that publishes with quality 1: a message counts as sent once the broker acknowledged it.</summary>
/// <remarks>Once the connection is lost, it stays lost: <see cref="Closed"/> completes, and every call throws. Make a new client then.</remarks>
internal sealed class MqttClient : IAsyncDisposable
{
    private readonly MqttClientOptions options;
    private readonly Stream stream;
    private readonly SemaphoreSlim writing = new(1);
    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<ushort, TaskCompletionSource> unacknowledged = [];
    private Task background = Task.CompletedTask;
    private MqttException? fault;
    private bool answered = true;

    private MqttClient(MqttClientOptions options, Stream stream)
    {
        this.options = options;
        this.stream = stream;
    }

    /// <summary>Completes once the connection is lost or closed; never fails.</summary>
    public Task Closed => closed.Task;

    /// <summary>Why the connection was lost; null while it lives.</summary>
    public MqttException? Fault => Volatile.Read(ref fault);

    /// <summary>Connects, and waits for the broker to agree.</summary>
    /// <exception cref="MqttException">There is no such broker, or it refused; the message says why.</exception>
    public static async Task<MqttClient> ConnectAsync(MqttClientOptions options, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.Timeout);
        Stream? stream = null;
        try
        {
            stream = await OpenAsync(options, patience.Token).ConfigureAwait(false);
            await stream.WriteAsync(MqttPacket.Connect(options), patience.Token).ConfigureAwait(false);
            await stream.FlushAsync(patience.Token).ConfigureAwait(false);
            Judge(await MqttAnswer.ReadAsync(stream, patience.Token).ConfigureAwait(false));
            var client = new MqttClient(options, stream);
            client.background = Task.WhenAll(client.ReceiveAsync(), client.KeepAliveAsync());
            return client;
        }
        catch (Exception e)
        {
            if (stream is not null)
            {
                await stream.DisposeAsync().ConfigureAwait(false);
            }

            cancellationToken.ThrowIfCancellationRequested();
            throw e switch
            {
                MqttException => e,
                OperationCanceledException => new MqttException($"no answer within {options.Timeout.TotalSeconds} s.", e),
                AuthenticationException => new MqttException($"TLS failed: {e.Message}", e),
                SocketException or IOException => new MqttException(e.Message, e),
                _ => e,
            };
        }
    }

    /// <summary>Publishes a message and waits until the broker has it.</summary>
    /// <exception cref="MqttException">The connection is lost, or no acknowledgement came in time, after which the connection is given up; the broker may have the message or not.</exception>
    public async Task PublishAsync(string topic, ReadOnlyMemory<byte> payload, ushort id, bool retain, bool duplicate, CancellationToken cancellationToken)
    {
        byte[] packet = MqttPacket.Publish(topic, payload.Span, id, retain, duplicate);
        var acknowledged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (unacknowledged)
        {
            if (fault is not null)
            {
                throw fault;
            }

            unacknowledged[id] = acknowledged;
        }

        try
        {
            await SendAsync(packet, cancellationToken).ConfigureAwait(false);
            await acknowledged.Task.WaitAsync(options.Timeout, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            Close(new MqttException($"the broker did not acknowledge a message within {options.Timeout.TotalSeconds} s.", e));
            throw fault!;
        }
        finally
        {
            lock (unacknowledged)
            {
                unacknowledged.Remove(id);
            }
        }
    }

    /// <summary>Says goodbye, so that the broker does not publish the will, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (fault is null)
        {
            try
            {
                await SendAsync(MqttPacket.Disconnect, CancellationToken.None).ConfigureAwait(false);
            }
            catch (MqttException)
            {
                // Gone already.
            }
        }

        Close(new MqttException("the connection is closed."));
        await background.ConfigureAwait(false);
    }

    private static async Task<Stream> OpenAsync(MqttClientOptions options, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            await socket.ConnectAsync(options.Host, options.Port, cancellationToken).ConfigureAwait(false);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (!options.UseTls)
            {
                return stream;
            }

            var tls = new SslStream(stream, leaveInnerStreamOpen: false, options.ValidateCertificate);
            stream = tls;
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = options.Host }, cancellationToken).ConfigureAwait(false);
            return tls;
        }
        catch
        {
            stream?.Dispose();
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Return codes of CONNACK, table 3.1 of the standard.</summary>
    private static void Judge(MqttAnswer answer)
    {
        if (answer.Type != MqttAnswerType.ConnectAcknowledged)
        {
            throw new MqttException($"the broker answered the connection with {answer.Type}; expected CONNACK.");
        }

        string? refusal = answer.Value switch
        {
            0 => null,
            1 => "it does not speak MQTT 3.1.1",
            2 => "it does not take this ClientId",
            3 => "it is not available",
            4 => "user name or password is wrong",
            5 => "this client is not authorized; give user and password in Url",
            _ => $"return code {answer.Value}",
        };
        if (refusal is not null)
        {
            throw new MqttException($"the broker refused the connection: {refusal}.");
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> packet, CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // A packet is sent whole or the connection is given up: what follows half a packet makes no sense to the broker.
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
            patience.CancelAfter(options.Timeout);
            await stream.WriteAsync(packet, patience.Token).ConfigureAwait(false);
            await stream.FlushAsync(patience.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            Close(new MqttException($"the connection broke: {e.Message}", e));
            throw fault!;
        }
        finally
        {
            writing.Release();
        }
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                MqttAnswer answer = await MqttAnswer.ReadAsync(stream, stop.Token).ConfigureAwait(false);
                Volatile.Write(ref answered, true);
                Take(answer);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            Close(e as MqttException ?? new MqttException($"the connection broke: {e.Message}", e));
        }
    }

    private void Take(MqttAnswer answer)
    {
        switch (answer.Type)
        {
            case MqttAnswerType.PublishAcknowledged:
                lock (unacknowledged)
                {
                    // An unknown number is the late answer to a message that is sent again already.
                    if (unacknowledged.TryGetValue((ushort)answer.Value, out TaskCompletionSource? waiting))
                    {
                        waiting.TrySetResult();
                    }
                }

                break;
            case MqttAnswerType.ConnectAcknowledged:
                throw new MqttException("the broker acknowledged the connection twice.");
        }
    }

    private async Task KeepAliveAsync()
    {
        if (options.KeepAliveSeconds == 0)
        {
            return; // as the standard has it: the broker does not ask for it
        }

        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.KeepAliveSeconds / 2.0));
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token).ConfigureAwait(false))
            {
                if (!Volatile.Read(ref answered))
                {
                    Close(new MqttException($"the broker was silent for {options.KeepAliveSeconds / 2.0} s."));
                    return;
                }

                Volatile.Write(ref answered, false);
                await SendAsync(MqttPacket.PingRequest, stop.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is MqttException or OperationCanceledException)
        {
            // The connection is closed.
        }
    }

    private void Close(MqttException reason)
    {
        lock (unacknowledged)
        {
            if (fault is not null)
            {
                return;
            }

            fault = reason;
            foreach (TaskCompletionSource waiting in unacknowledged.Values)
            {
                waiting.TrySetException(reason);
            }
        }

        stop.Cancel();
        stream.Dispose();
        closed.TrySetResult();
    }
}
