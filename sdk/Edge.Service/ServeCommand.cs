using System.Runtime.InteropServices;
using Edge.Audio;
using Edge.Cli;
using Edge.Devices;
using Edge.Hosting;
using Edge.Hosting.Actions;
using Edge.Hosting.Listening;
using Edge.Hosting.Sources;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Edge.Service;

/// <summary>`edge serve`: listens with the models of a configuration and does what it says with what they hear, until it is told to stop.</summary>
internal static class ServeCommand
{
    public const string DefaultPath = "/etc/edge/edge.json";

    public static Command Create(StandardStreams streams) => new(
        new CommandSyntax(
            "edge serve",
            "",
            "Listens as the configuration says until SIGTERM or Ctrl-C; SIGHUP loads the models anew. Environment variables override its fields: Edge__Source__Device=hw:1.",
            "edge serve --config edge.json --check",
            new Option("config", "FILE", "the configuration", DefaultPath),
            new Option("check", null, "check configuration, models and actions, tell every fault, and end"),
            new Option("json", null, "one JSON object a line: events as they are heard; with --check, the report")),
        arguments => Run(arguments, streams));

    private static int Run(Arguments arguments, StandardStreams streams)
    {
        if (arguments.Operands.Count > 0)
        {
            throw new UsageException($"'{arguments.Operands[0]}' is one word too many; expected options alone. A configuration is named by --config FILE.");
        }

        string path = Path.GetFullPath(arguments.Text("config"));
        IConfiguration configuration = ConfigurationFile.Read(path);
        return arguments.Has("check")
            ? new SetupCheck(path, configuration).Run(streams, arguments.Has("json"))
            : Serve(path, configuration, streams, arguments.Has("json"));
    }

    private static int Serve(string path, IConfiguration configuration, StandardStreams streams, bool json)
    {
        using var logger = new JournalLoggerProvider(streams.Errors ?? Console.Error, withPriority: streams.Errors is not null || Console.IsErrorRedirected);
        HostApplicationBuilder builder = CreateBuilder(configuration);
        builder.Logging.AddProvider(logger);
        builder.Services.AddEdgeServiceManager();
        builder.Services.AddSingleton<ISourceKind>(new StandardInputKind(streams.Input));
        if (json)
        {
            builder.Services.AddSingleton<IEventAction>(new StandardOutputAction(streams.Output));
        }

        using IHost host = builder.Build();
        CheckOptions(path, host.Services.GetRequiredService<IOptions<EdgeOptions>>());
        ListeningService listening = host.Services.GetRequiredService<ListeningService>();
        BackgroundService[] helpers = [.. host.Services.GetServices<IHostedService>().OfType<BackgroundService>()];
        IModelReloader reloader = host.Services.GetRequiredService<IModelReloader>();
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            reloader.Reload();
        });
        try
        {
            host.Run();
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Done; // told to stop before it listened
        }
        catch (Exception e) when (ModelLoader.IsBadFile(e))
        {
            // The host has written it to the log.
            return e is AudioDeviceException ? ExitCode.DeviceTrouble : ExitCode.BadInputFile;
        }

        // The host stops where one of them fails, and calls that a good end.
        return Array.Exists(helpers, helper => helper.ExecuteTask is { IsFaulted: true }) ? ExitCode.WorkFailed : CodeOf(listening);
    }

    private static void CheckOptions(string path, IOptions<EdgeOptions> options)
    {
        try
        {
            _ = options.Value;
        }
        catch (OptionsValidationException e)
        {
            throw new UsageException($"{path} has faults:{string.Concat(e.Failures.Select(fault => $"{Environment.NewLine}  {fault}"))}");
        }
    }

    /// <summary>A host with nothing but Edge: files, environment and console are this program's own affair.</summary>
    internal static HostApplicationBuilder CreateBuilder(IConfiguration configuration)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Error);
        builder.Services.AddEdge(configuration.GetSection(EdgeOptions.SectionName)).AddEdgeDevices();
        return builder;
    }

    /// <summary>What a service that has ended tells by its exit code; the fault itself is in the log.</summary>
    private static int CodeOf(ListeningService listening) => listening.Fault switch
    {
        null => ExitCode.Done,
        AudioDeviceException => ExitCode.DeviceTrouble,
        IOException when listening.Source is ICaptureSource => ExitCode.DeviceTrouble,
        Exception e when ModelLoader.IsBadFile(e) => ExitCode.BadInputFile,
        _ => ExitCode.WorkFailed,
    };
}
