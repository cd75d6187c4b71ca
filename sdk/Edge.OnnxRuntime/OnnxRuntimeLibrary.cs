using System.Runtime.InteropServices;
using Edge.OnnxRuntime.Interop;

namespace Edge.OnnxRuntime;

/// <summary>Finds and loads ONNX Runtime's native library, once a process.</summary>
/// <remarks>
/// Looked at, in this order: the path in the environment variable EDGE_ONNXRUNTIME, the app's folder, the folder where the NuGet package
/// puts it, artifacts/onnxruntime of the source tree that the app lies in, and the system's loader.
/// </remarks>
public static class OnnxRuntimeLibrary
{
    /// <summary>The environment variable that names the library or its folder, and then is the only place looked at.</summary>
    public const string PathVariable = "EDGE_ONNXRUNTIME";

    private static readonly Lazy<OrtRuntime> Runtime = new(Load);

    /// <summary>True where the library can be used; false leaves the reason in <paramref name="problem"/>.</summary>
    public static bool TryLoad(out string? problem)
    {
        try
        {
            _ = Runtime.Value;
            problem = null;
            return true;
        }
        catch (OnnxRuntimeException e)
        {
            problem = e.Message;
            return false;
        }
    }

    /// <summary>Where the library was found.</summary>
    /// <exception cref="OnnxRuntimeException">It cannot be used; so for the members below.</exception>
    public static string Location => Runtime.Value.Path;

    /// <summary>The library's version ("1.27.0").</summary>
    public static string Version => Runtime.Value.Version;

    /// <summary>ONNX Runtime's names of the execution providers that the library was built with, best first.</summary>
    public static unsafe IReadOnlyList<string> AvailableProviders
    {
        get
        {
            OrtApi api = Runtime.Value.Api;
            api.Check(api.GetAvailableProviders(out byte** names, out int count), nameof(api.GetAvailableProviders));
            var providers = new string[count];
            for (int i = 0; i < count; i++)
            {
                providers[i] = OrtApi.Text(names[i]);
            }

            api.Check(api.ReleaseAvailableProviders(names, count), nameof(api.ReleaseAvailableProviders));
            return providers;
        }
    }

    internal static OrtRuntime Instance => Runtime.Value;

    /// <summary>The files that may be the library, best first; the last are bare names for the system's loader.</summary>
    /// <param name="configured">Value of <see cref="PathVariable"/>.</param>
    /// <param name="baseFolder">The app's folder.</param>
    internal static IEnumerable<string> Candidates(string? configured, string baseFolder)
    {
        string[] names = OperatingSystem.IsWindows() ? ["onnxruntime.dll"]
            : OperatingSystem.IsMacOS() ? ["libonnxruntime.dylib", "libonnxruntime.1.dylib"]
            : ["libonnxruntime.so.1", "libonnxruntime.so"];
        if (!string.IsNullOrEmpty(configured))
        {
            return Directory.Exists(configured) ? names.Select(name => Path.Combine(configured, name)) : [configured];
        }

        List<string> folders = [baseFolder, Path.Combine(baseFolder, "runtimes", RuntimeInformation.RuntimeIdentifier, "native")];
        string? root = Path.TrimEndingDirectorySeparator(baseFolder);
        while (root is not null && !File.Exists(Path.Combine(root, "Edge.sln")))
        {
            root = Path.GetDirectoryName(root);
        }

        if (root is not null)
        {
            folders.Add(Path.Combine(root, "artifacts", "onnxruntime"));
        }

        return folders.SelectMany(folder => names.Select(name => Path.Combine(folder, name))).Concat(names);
    }

    /// <summary>Loads the first of <paramref name="candidates"/> that is there.</summary>
    /// <exception cref="OnnxRuntimeException">None can be loaded; the message lists them all.</exception>
    internal static (string Path, nint Library) Open(IEnumerable<string> candidates)
    {
        var looked = new List<string>();
        foreach (string candidate in candidates)
        {
            looked.Add(candidate);
            bool isName = !Path.IsPathRooted(candidate) && Path.GetFileName(candidate) == candidate;
            if (!isName && !File.Exists(candidate))
            {
                continue;
            }

            if (NativeLibrary.TryLoad(isName ? candidate : Path.GetFullPath(candidate), out nint library))
            {
                return (candidate, library);
            }

            if (!isName)
            {
                looked[^1] += " (there, but it does not load: made for another system, or a library that it needs is missing)";
            }
        }

        throw new OnnxRuntimeException(
            "Loading ONNX Runtime",
            OnnxErrorCode.LibraryMissing,
            $"the native library was not found. Looked at: {string.Join("; ", looked)}. "
            + $"Put it into one of these folders, or set {PathVariable} to its path. The npm package onnxruntime-node "
            + "(npm install --ignore-scripts onnxruntime-node@1.27.0) and the NuGet package Microsoft.ML.OnnxRuntime hold it.");
    }

    private static OrtRuntime Load()
    {
        (string path, nint library) = Open(Candidates(Environment.GetEnvironmentVariable(PathVariable), AppContext.BaseDirectory));
        return OrtRuntime.Load(path, library);
    }
}
