using Edge.Audio;
using Edge.Audio.Alsa;

namespace Edge.Hosting.Sources;

/// <summary>A microphone.</summary>
internal sealed class AlsaKind : ISourceKind
{
    public string Kind => SourceOptions.Alsa;

    public void Check(SourceOptions options, ICollection<string> faults)
    {
        if (string.IsNullOrEmpty(options.Device))
        {
            faults.Add("Source.Device is empty; expected an ALSA device such as default or hw:1. `edge devices` lists them.");
        }

        if (!string.IsNullOrEmpty(options.Path))
        {
            faults.Add($"Source.Path is '{options.Path}', but a source of kind alsa has none; leave it out, or set Source.Kind to file or fifo.");
        }
    }

    public IAudioSource Open(SourceOptions options) => AlsaSource.Open(new AlsaOptions
    {
        Device = options.Device,
        RateHz = options.RateHz,
        Channels = options.Channels ?? (options.Channel is int channel ? channel + 1 : null),
        PeriodMs = options.PeriodMs,
        BufferMs = options.BufferMs,
    });
}
