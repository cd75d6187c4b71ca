using System.Globalization;
using Edge.Cli;
using Edge.Quantization;

namespace Edge.Models;

/// <summary>`edge models`: the public models that are known, and `edge models get` to download and import some.</summary>
internal static class ModelsCommand
{
    private const int Kilo = 1000;

    public static Command Create(StandardStreams streams) => new(
        new CommandSyntax(
            "edge models",
            "[get NAME…]",
            "Lists public models with what they hear, licence, size and address; `edge models get NAME` downloads one, checks it and makes NAME.edge of it.",
            "edge models get yamnet && edge run --model yamnet.edge clip.wav",
            new Option("out", "FOLDER", "where the .edge files go", "."),
            new Option("keep-source", null, "puts the downloaded files beside the .edge file too"),
            new Option("force", null, "makes the .edge file again where it is there already"),
            new Option("address", "URL", "a mirror: files are asked for below this address in place of their host"),
            new Option("json", null, "one JSON object a line")),
        (arguments, cancellationToken) => Run(arguments, streams, cancellationToken));

    private static int Run(Arguments arguments, StandardStreams streams, CancellationToken cancellationToken)
    {
        using var results = new ResultWriter(streams.Output, arguments.Has("json"));
        string folder = arguments.Text("out");
        switch (arguments.Operands)
        {
            case []:
                List(results, folder);
                break;
            case ["get"]:
                throw new UsageException("No model is named; expected `edge models get NAME`. `edge models` lists all.");
            case ["get", ..]:
                return Get([.. arguments.Operands.Skip(1).Select(ModelCatalogue.Find)], arguments, streams, results, cancellationToken);
            default:
                throw new UsageException($"'{arguments.Operands[0]}' is nothing that can be done with models; expected `edge models` or `edge models get NAME`.");
        }

        results.Flush();
        return ExitCode.Done;
    }

    private static void List(ResultWriter results, string folder)
    {
        var cache = ModelCache.OfUser();
        foreach (CatalogueEntry entry in ModelCatalogue.Read())
        {
            string made = EdgeFile(folder, entry);
            bool isMade = File.Exists(made);
            bool isDownloaded = cache.Has(entry);
            if (results.AsJson)
            {
                results.Object(json => CatalogueJson.Write(json, entry, isDownloaded, isMade ? made : null));
            }
            else
            {
                results.Line($"{entry.Name,-26} {Size(entry.Bytes),8}  {(isMade ? $"imported: {made}" : isDownloaded ? "downloaded" : "")}".TrimEnd());
                results.Line($"    {entry.Hears}");
                results.Line($"    {entry.Licence}, {entry.Holder}");
                results.Line($"    {entry.Model.Address}");
            }
        }
    }

    private static int Get(CatalogueEntry[] entries, Arguments arguments, StandardStreams streams, ResultWriter results, CancellationToken cancellationToken)
    {
        Uri? mirror = Mirror(arguments);
        string folder = arguments.Text("out");
        if (File.Exists(folder))
        {
            throw new UsageException($"--out is '{folder}', a file; expected a folder, there already or to be made.");
        }

        Directory.CreateDirectory(folder);
        var cache = ModelCache.OfUser();
        foreach (CatalogueEntry entry in entries)
        {
            string path = EdgeFile(folder, entry);
            if (File.Exists(path) && !arguments.Has("force"))
            {
                streams.Tell($"{path} is there already; --force makes it again.");
            }
            else
            {
                try
                {
                    Download(entry, cache, mirror, cancellationToken);
                }
                catch (DownloadException e)
                {
                    streams.Tell(e.Message);
                    return ExitCode.WorkFailed;
                }
                catch (OperationCanceledException)
                {
                    streams.Tell("cancelled; the same command goes on from where it was.");
                    return ExitCode.Cancelled;
                }

                byte[] model = CatalogueImport.Run(entry, cache);
                cancellationToken.ThrowIfCancellationRequested();
                AtomicFile.Write(path, stream => stream.Write(model));
            }

            if (arguments.Has("keep-source"))
            {
                KeepSource(entry, cache, folder);
            }

            Report(results, entry, path);
        }

        return ExitCode.Done;
    }

    private static void Download(CatalogueEntry entry, ModelCache cache, Uri? mirror, CancellationToken cancellationToken)
    {
        CatalogueFile[] missing = [.. entry.Files.Where(file => !file.Is(cache.PathOf(entry, file)))];
        if (missing.Length == 0)
        {
            return;
        }

        using var bar = new ProgressBar($"Downloading {entry.Name}", missing.Sum(file => file.Bytes));
        using var downloader = new Downloader { Progress = bar.Advance };
        foreach (CatalogueFile file in missing)
        {
            downloader.DownloadAsync(file, file.On(mirror), cache.PathOf(entry, file), cancellationToken).GetAwaiter().GetResult();
        }
    }

    private static void KeepSource(CatalogueEntry entry, ModelCache cache, string folder)
    {
        foreach (CatalogueFile file in entry.Files)
        {
            using FileStream source = File.OpenRead(cache.PathOf(entry, file));
            AtomicFile.Write(Path.Combine(folder, $"{entry.Name}{Path.GetExtension(file.Name)}"), source.CopyTo);
        }
    }

    private static void Report(ResultWriter results, CatalogueEntry entry, string path)
    {
        if (results.AsJson)
        {
            results.Object(json => CatalogueJson.Write(json, entry, isDownloaded: true, path));
        }
        else
        {
            results.Line($"{path}  {Size(new FileInfo(path).Length)}  {entry.Licence}, {entry.Holder}");
        }

        results.Flush();
    }

    private static Uri? Mirror(Arguments arguments)
    {
        if (arguments.TextOrNull("address") is not { } text)
        {
            return null;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out Uri? mirror) && (mirror.Scheme == Uri.UriSchemeHttps || mirror.Scheme == Uri.UriSchemeHttp)
            ? mirror
            : throw new UsageException($"--address is '{text}'; expected an address that begins with https:// or http://.");
    }

    private static string EdgeFile(string folder, CatalogueEntry entry) => folder == "." ? $"{entry.Name}.edge" : Path.Combine(folder, $"{entry.Name}.edge");

    private static string Size(long bytes) => bytes < Kilo * Kilo
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max((bytes + (Kilo / 2)) / Kilo, 1)} kB")
        : string.Create(CultureInfo.InvariantCulture, $"{(double)bytes / (Kilo * Kilo):0.0} MB");
}
