using NAudio.Wave;

namespace Edge.Devices.Tests.Audio;

/// <summary>A capture that delivers what a test says.</summary>
internal sealed class FakeWaveIn : IWaveIn
{
    public event EventHandler<WaveInEventArgs>? DataAvailable;

    public event EventHandler<StoppedEventArgs>? RecordingStopped;

    public WaveFormat WaveFormat { get; set; } = new(16000, 16, 2);

    public bool IsRecording { get; private set; }

    public bool IsDisposed { get; private set; }

    public void StartRecording() => IsRecording = true;

    public void StopRecording() => RecordingStopped?.Invoke(this, new StoppedEventArgs());

    public void Fail(Exception fault) => RecordingStopped?.Invoke(this, new StoppedEventArgs(fault));

    public void Deliver(params short[] samples)
    {
        var bytes = new byte[samples.Length * sizeof(short)];
        Buffer.BlockCopy(samples, 0, bytes, 0, bytes.Length);
        DataAvailable?.Invoke(this, new WaveInEventArgs(bytes, bytes.Length));
    }

    public void Dispose() => IsDisposed = true;
}
