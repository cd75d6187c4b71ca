// Hears a recording, or 16 kHz PCM from a pipe, and prints what the model recognises:
//   KeywordSpotting wake-words.edge kitchen.wav
//   arecord -q -f S16_LE -r 16000 -t raw | KeywordSpotting wake-words.edge
using Edge.Audio;
using Edge.Detection;

if (args.Length is not (1 or 2))
{
    Console.Error.WriteLine("usage: KeywordSpotting MODEL.edge [RECORDING]");
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
    IAudioSource source = args.Length == 2 ? AudioFile.Open(args[1]) : new RawPcmSource(Console.OpenStandardInput(), 16_000);
    await using Listener listener = Listener.Open(args[0], source);
    await foreach (AudioEvent heard in listener.ListenAsync(stop.Token))
    {
        Console.WriteLine($"{heard.Start:mm\\:ss\\.ff}  {heard.Label}  {heard.Score:P0}");
    }
}
catch (OperationCanceledException)
{
}
catch (IOException e)
{
    Console.Error.WriteLine(e.Message);
    return 3;
}

return 0;
