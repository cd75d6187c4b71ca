using System.Text.Json;
using Edge.Cli;
using Edge.Hosting;
using Microsoft.Extensions.Configuration;

namespace Edge.Service;

/// <summary>The configuration: a JSON file, and the environment over it.</summary>
internal static class ConfigurationFile
{
    /// <summary>Reads both.</summary>
    /// <param name="path">The file, absolute.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not JSON, or a folder.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="UsageException">It is no object "Edge".</exception>
    public static IConfiguration Read(string path)
    {
        if (Directory.Exists(path))
        {
            throw new InvalidDataException($"{path} is a folder; expected a configuration, such as {Path.Combine(path, "edge.json")}.");
        }

        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: there is no such file; expected a configuration. `edge serve --config FILE` names another.", path);
        }

        IConfiguration file = Parse(path);
        string[] roots = [.. file.GetChildren().Select(child => child.Key)];
        if (!roots.Contains(EdgeOptions.SectionName, StringComparer.OrdinalIgnoreCase))
        {
            throw new UsageException($"{path} has no field Edge; expected {{ \"Edge\": {{ \"Models\": [ … ] }} }}.");
        }

        string? stranger = Array.Find(roots, root => !root.Equals(EdgeOptions.SectionName, StringComparison.OrdinalIgnoreCase));
        return stranger is null
            ? new ConfigurationBuilder().AddConfiguration(file).AddEnvironmentVariables().Build()
            : throw new UsageException($"{path} has a field '{stranger}' beside Edge; expected Edge alone, with everything in it.");
    }

    private static IConfiguration Parse(string path)
    {
        try
        {
            return new ConfigurationBuilder().AddJsonFile(path, optional: false).Build();
        }
        catch (Exception e) when (e is InvalidDataException or FormatException)
        {
            Exception cause = e;
            while (cause.InnerException is { } inner)
            {
                cause = inner;
            }

            if (cause is UnauthorizedAccessException)
            {
                throw new UnauthorizedAccessException($"{path} may not be read by {Environment.UserName}: {cause.Message} Run as a user that may, or change the file's owner or mode.", e);
            }

            string place = cause is JsonException { LineNumber: { } line } ? $" in line {line + 1}" : "";
            throw new InvalidDataException($"{path} is no JSON object{place}: {cause.Message}", e);
        }
    }
}
