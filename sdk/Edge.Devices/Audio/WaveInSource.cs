using System.Buffers.Binary;
using Edge.Audio;
using NAudio.Wave;

namespace Edge.Devices.Audio;

/// <summary>Live sound from any capture of NAudio, such as <c>new WaveIn { WaveFormat = new WaveFormat(16000, 16, 1) }</c> on Windows.</summary>
/// <remarks>
/// The capture delivers on a thread of its own; up to <see cref="BufferMs"/> wait here for the reader; what comes beyond that is lost and
/// counted. Nothing is allocated once it runs.
/// </remarks>
public sealed class WaveInSource : IAudioSource
{
    /// <summary>How much sound waits for a reader that is late.</summary>
    public const int BufferMs = 2000;

    private readonly IWaveIn capture;
    private readonly Lock gate = new();
    private readonly SemaphoreSlim arrived = new(0, 1);
    private readonly short[] ring;
    private int head;
    private int count;
    private long lost;
    private bool ended;
    private Exception? fault;

    /// <summary>Starts to capture.</summary>
    /// <param name="capture">PCM of 16 bits; disposed with the source, and where this constructor fails.</param>
    /// <param name="name">What to call it in messages and events.</param>
    /// <exception cref="ArgumentException">It captures in another format; set its WaveFormat before.</exception>
    public WaveInSource(IWaveIn capture, string name)
    {
        this.capture = capture;
        Name = name;
        WaveFormat format = capture.WaveFormat;
        if (format.Encoding != WaveFormatEncoding.Pcm || format.BitsPerSample != 16 || format.Channels < 1 || format.SampleRate < 1)
        {
            capture.Dispose();
            throw new ArgumentException($"{name} captures {format}; expected PCM of 16 bits. Set WaveFormat to new WaveFormat(16000, 16, 1).", nameof(capture));
        }

        (SampleRateHz, Channels) = (format.SampleRate, format.Channels);
        ring = new short[SampleRateHz * BufferMs / 1000 * Channels];
        capture.DataAvailable += Take;
        capture.RecordingStopped += Stop;
        try
        {
            capture.StartRecording();
        }
        catch
        {
            capture.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int SampleRateHz { get; }

    /// <inheritdoc/>
    public int Channels { get; }

    /// <summary>Frames lost because the reader was late for longer than <see cref="BufferMs"/>.</summary>
    public long LostFrames => Interlocked.Read(ref lost);

    /// <inheritdoc/>
    public int Read(Span<short> buffer)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(buffer.Length, Channels, nameof(buffer));
        while (true)
        {
            lock (gate)
            {
                if (count > 0)
                {
                    return Give(buffer[..(Math.Min(count, buffer.Length) / Channels * Channels)]);
                }

                if (ended)
                {
                    return fault is null ? 0 : throw new IOException($"{Name} stopped: {fault.Message}", fault);
                }
            }

            arrived.Wait();
        }
    }

    /// <summary>Stops the capture; a read that waits returns 0.</summary>
    public void Dispose()
    {
        capture.DataAvailable -= Take;
        capture.RecordingStopped -= Stop;
        End(null);
        capture.Dispose();
    }

    private int Give(Span<short> buffer)
    {
        int first = Math.Min(buffer.Length, ring.Length - head);
        ring.AsSpan(head, first).CopyTo(buffer);
        ring.AsSpan(0, buffer.Length - first).CopyTo(buffer[first..]);
        head = (head + buffer.Length) % ring.Length;
        count -= buffer.Length;
        return buffer.Length;
    }

    private void Take(object? sender, WaveInEventArgs e)
    {
        ReadOnlySpan<byte> bytes = e.BufferSpan;
        lock (gate)
        {
            int frameBytes = Channels * sizeof(short);
            int samples = bytes.Length / frameBytes * Channels;
            int taken = Math.Min(samples, (ring.Length - count) / Channels * Channels);
            for (int i = 0; i < taken; i++)
            {
                ring[(head + count + i) % ring.Length] = BinaryPrimitives.ReadInt16LittleEndian(bytes[(i * sizeof(short))..]);
            }

            count += taken;
            Interlocked.Add(ref lost, (samples - taken) / Channels);
            Wake();
        }
    }

    private void Stop(object? sender, StoppedEventArgs e) => End(e.Exception);

    private void End(Exception? why)
    {
        lock (gate)
        {
            ended = true;
            fault ??= why;
            Wake();
        }
    }

    private void Wake()
    {
        if (arrived.CurrentCount == 0)
        {
            arrived.Release();
        }
    }
}
