// Listens under the .NET generic host, with an action of its own, until Ctrl-C or the end of the recording:
//   HostedListener wake-words.edge kitchen.wav
//   HostedListener wake-words.edge
using Edge.Hosting;
using Edge.Hosting.Actions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

if (args.Length is not (1 or 2))
{
    Console.Error.WriteLine("usage: HostedListener MODEL.edge [RECORDING]");
    return 2;
}

HostApplicationBuilder builder = Host.CreateApplicationBuilder();
builder.Services.AddEdge(options =>
{
    options.Models.Add(new ModelOptions { Path = args[0] });
    options.Source = args.Length == 2 ? new SourceOptions { Kind = SourceOptions.File, Path = args[1] } : new SourceOptions { Device = "default" };
});
builder.Services.AddSingleton<IEventAction, Greeter>();
try
{
    await builder.Build().RunAsync();
}
catch (Exception e) when (e is IOException or InvalidDataException or OptionsValidationException)
{
    return 3; // the host has logged it
}

return 0;

/// <summary>Answers to every word; what it does runs beside listening and never delays it.</summary>
internal sealed class Greeter : IEventAction
{
    public string Name => "greeter";

    public ValueTask HandleAsync(DeviceEvent heard, CancellationToken cancellationToken)
    {
        Console.WriteLine($"{heard.Heard.Label} at {heard.Time:HH:mm:ss}, {heard.Heard.Score:P0} sure");
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
