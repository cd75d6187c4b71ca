using Edge.Audio;
using Edge.Cli;
using Edge.Hosting;
using Edge.Hosting.Listening;
using Edge.Hosting.Sources;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Edge.Service;

/// <summary>`edge serve --check`: everything that can be known before listening, every fault in one report.</summary>
/// <param name="path">The configuration's file, for the report.</param>
/// <param name="configuration">What it says.</param>
internal sealed class SetupCheck(string path, IConfiguration configuration)
{
    private readonly List<(string Kind, string Message)> faults = [];

    /// <summary>Checks and reports.</summary>
    /// <returns><see cref="ExitCode.Done"/>, or the code of the first kind of fault: configuration before files before devices.</returns>
    public int Run(StandardStreams streams, bool json)
    {
        using IHost host = ServeCommand.CreateBuilder(configuration).Build();
        IConfigurationSection section = configuration.GetSection(EdgeOptions.SectionName);
        var options = new EdgeOptions();
        new ConfigurationFaults(section).Bind(options);
        var validator = ActivatorUtilities.CreateInstance<EdgeOptionsValidator>(host.Services);
        faults.AddRange(validator.Validate(null, options).Failures?.Select(fault => ("configuration", fault)) ?? []);
        bool known = CheckModels(options);
        if (known)
        {
            CheckSource(options, host.Services.GetRequiredService<SourceFactory>());
        }

        Report(streams, json, options);
        return faults is [] ? ExitCode.Done : faults.Min(fault => CodeOf(fault.Kind));
    }

    private static int CodeOf(string kind) => kind switch
    {
        "configuration" => ExitCode.WrongUsage,
        "file" => ExitCode.BadInputFile,
        _ => ExitCode.DeviceTrouble,
    };

    /// <summary>Loads and tests every model that is named.</summary>
    /// <returns>Whether the configuration itself is free of faults.</returns>
    private bool CheckModels(EdgeOptions options)
    {
        bool known = faults.Count == 0;
        var bad = new List<string>();
        ModelLoader.Load(options, bad);
        faults.AddRange(bad.Select(fault => ("file", fault)));
        return known;
    }

    /// <summary>Opens and closes the source; not standard input, where that waits for sound and takes it away.</summary>
    private void CheckSource(EdgeOptions options, SourceFactory sources)
    {
        if (options.Source.Kind == SourceOptions.StandardInput)
        {
            return;
        }

        try
        {
            sources.Open(options.Source).Dispose();
        }
        catch (AudioDeviceException e)
        {
            faults.Add(("device", e.Message));
        }
        catch (Exception e) when (ModelLoader.IsBadFile(e))
        {
            faults.Add(("file", e.Message));
        }
    }

    private void Report(StandardStreams streams, bool json, EdgeOptions options)
    {
        using var results = new ResultWriter(streams.Output, json);
        if (json)
        {
            results.Object(writer =>
            {
                writer.WriteString("file", path);
                writer.WriteBoolean("ok", faults.Count == 0);
                writer.WriteStartArray("faults");
                foreach ((string kind, string message) in faults)
                {
                    writer.WriteStartObject();
                    writer.WriteString("kind", kind);
                    writer.WriteString("message", message);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
            });
        }
        else if (faults.Count == 0)
        {
            results.Line($"{path}: ok; models {options.Models.Count}, actions {options.Actions.Count}");
        }

        results.Flush();
        if (faults.Count > 0)
        {
            streams.Tell($"{path} has {(faults.Count == 1 ? "a fault" : $"{faults.Count} faults")}:{string.Concat(faults.Select(fault => $"{Environment.NewLine}  {fault.Message}"))}");
        }
    }
}
