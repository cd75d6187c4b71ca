// What a user's first program does, with the packages of this checkout: hears a recording under the generic host.
//   Consumer MODEL.edge RECORDING.wav
using Edge.Audio;
using Edge.Detection;
using Edge.Hosting;
using Edge.Hosting.Actions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// The library alone.
await using Listener listener = Listener.Open(args[0], AudioFile.Open(args[1]));
await foreach (AudioEvent heard in listener.ListenAsync())
{
    Console.WriteLine($"listener {heard.Label}");
}

// And under the generic host.
HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
builder.Services.AddSingleton<IEventAction, Printer>();
builder.Services.AddEdge(options =>
{
    options.Source = new SourceOptions { Kind = SourceOptions.File, Path = args[1] };
    options.Models.Add(new ModelOptions { Path = args[0] });
});
await builder.Build().RunAsync();

internal sealed class Printer : IEventAction
{
    public string Name => "printer";

    public ValueTask HandleAsync(DeviceEvent heard, CancellationToken cancellationToken)
    {
        Console.WriteLine($"host {heard.Heard.Label}");
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
