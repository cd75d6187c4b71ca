// Hears a recording, or 16 kHz PCM from a pipe, and prints each sound with its beginning and end:
//   SoundEvents yamnet.edge garden.wav everyday.json
//   arecord -q -f S16_LE -r 16000 -t raw | SoundEvents yamnet.edge -
// The third argument names a file of detector settings, as everyday.json here: the sounds to listen for, by YAMNet's labels.
using Edge.Audio;
using Edge.Detection;

if (args.Length is not (2 or 3))
{
    Console.Error.WriteLine("usage: SoundEvents MODEL.edge RECORDING|- [SETTINGS.json]");
    return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    stop.Cancel();
};

try
{
    using AudioModel model = AudioModel.Load(args[0]);
    DetectorOptions settings = args.Length == 3 ? DetectionFile.Read(args[2], model.Labels, model.Detection) : model.Detection;
    IAudioSource source = args[1] == "-" ? new RawPcmSource(Console.OpenStandardInput(), 16_000) : AudioFile.Open(args[1]);
    await using var listener = new Listener(source, [model], detection: _ => settings);
    await foreach (AudioEvent heard in listener.ListenAsync(stop.Token))
    {
        Console.WriteLine(FormattableString.Invariant($"{heard.Start.TotalSeconds:0.00}-{heard.End.TotalSeconds:0.00} s  {heard.Label}  {heard.Score:0.00}"));
    }
}
catch (OperationCanceledException)
{
}
catch (Exception e) when (e is IOException or InvalidDataException or ArgumentException)
{
    Console.Error.WriteLine(e.Message);
    return 3;
}

return 0;
