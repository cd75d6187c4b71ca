using System.Security.Cryptography;
using Edge.Detection;

namespace Edge.Hosting.Listening;

/// <summary>A model as its files say it: read, checked and, where it holds a self-test, tested on this machine.</summary>
/// <remarks>
/// The file is copied into memory, not mapped: whoever writes over it in place, as cp does, would change a mapped network while it
/// runs, and cutting it short would end the process. So there is nothing to dispose.
/// </remarks>
internal sealed class LoadedModel
{
    private LoadedModel(ModelOptions options, AudioModel model, DetectorOptions detection, string digest) =>
        (Options, Model, Detection, Digest) = (options, model, detection, digest);

    /// <summary>The entry of the configuration.</summary>
    public ModelOptions Options { get; }

    /// <summary>The network with its front end.</summary>
    public AudioModel Model { get; }

    /// <summary>The settings it hears with.</summary>
    public DetectorOptions Detection { get; }

    /// <summary>SHA-256 of the files, in hexadecimal: equal where nothing has changed.</summary>
    public string Digest { get; }

    /// <summary>Names that its events can have.</summary>
    public IReadOnlyList<string> EventLabels => Detection switch
    {
        SoundEventOptions { Classes.Count: > 0 } classes => [.. classes.Classes.Select(one => one.Name)],
        AnomalyOptions anomaly => [anomaly.Label],
        UtteranceOptions { Regression: true } regression => [regression.Label],
        KeywordOptions keyword => [.. Model.Labels.Where((_, i) => !keyword.Background.Contains(i))],
        FeatureOptions => [],
        _ => Model.Labels,
    };

    /// <summary>Reads a model and its settings.</summary>
    /// <param name="options">The entry of the configuration.</param>
    /// <exception cref="IOException">A file cannot be read, or is no usable model.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    /// <exception cref="InvalidDataException">The settings do not suit the model, or its scores on this machine are not those it was built with.</exception>
    public static LoadedModel Load(ModelOptions options)
    {
        byte[] file = Read(options.Path, "an .edge file");
        byte[]? settings = options.Detection is { Length: > 0 } path ? Read(path, "a file of detection settings") : null;
        var model = AudioModel.Load(file, options.Path);
        DetectorOptions detection = settings is not null
            ? DetectionFile.Parse(settings, options.Detection!, model.Labels, model.Detection)
            : model.Detection;
        if (detection is FeatureOptions)
        {
            throw new InvalidDataException($"{options.Path} is an encoder: it gives features and never hears anything; expected a model that tells events.");
        }

        if (model.SelfTest is not null && !model.Verify())
        {
            throw new InvalidDataException($"{options.Path} fails its self-test: it gives other scores here than where it was built. `edge verify {options.Path}` tells more.");
        }

        try
        {
            _ = model.CreateDetector(detection);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{options.Detection} does not suit {options.Path}: {e.Message}", e);
        }

        return new LoadedModel(options, model, detection, DigestOf(file, settings ?? []));
    }

    /// <summary>The digest of what the files hold now; null where one cannot be read.</summary>
    public static string? DigestOf(ModelOptions options)
    {
        try
        {
            return DigestOf(File.ReadAllBytes(options.Path), options.Detection is { Length: > 0 } path ? File.ReadAllBytes(path) : []);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static byte[] Read(string path, string expected)
    {
        if (Directory.Exists(path))
        {
            throw new InvalidDataException($"{path} is a folder; expected {expected}.");
        }

        return File.Exists(path) ? File.ReadAllBytes(path)
            : throw new FileNotFoundException($"{path}: there is no such file; expected {expected}. Check the path.", path);
    }

    private static string DigestOf(byte[] file, byte[] settings) =>
        Convert.ToHexStringLower(SHA256.HashData([.. SHA256.HashData(file), .. SHA256.HashData(settings)]));
}
