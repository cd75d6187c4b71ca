using System.Globalization;
using System.Runtime.InteropServices;

namespace Edge.OnnxRuntime.Interop;

/// <summary>The loaded library with the one environment that a process has; both live until it ends.</summary>
internal sealed unsafe class OrtRuntime
{
    private const int Warning = 2, Error = 3;
    private const int DeviceAllocator = 0;
    private const int DefaultMemory = 0;

    private OrtRuntime(string path, nint library)
    {
        Path = path;
        if (!NativeLibrary.TryGetExport(library, "OrtGetApiBase", out nint export))
        {
            throw Unusable(path, "it has no function OrtGetApiBase, so it is not ONNX Runtime.");
        }

        // OrtApiBase: { const OrtApi* GetApi(uint32_t version); const char* GetVersionString(); }
        nint* apiBase = ((delegate* unmanaged<nint*>)export)();
        Version = OrtApi.Text(((delegate* unmanaged<byte*>)apiBase[1])());
        string[] parts = Version.Split('.');
        int minor = parts.Length > 1 && parts[0] == "1" && int.TryParse(parts[1], CultureInfo.InvariantCulture, out int found) ? found : 0;
        int asked = Math.Min(minor, OrtApi.AssignmentVersion);
        nint* table = asked < OrtApi.MinVersion ? null : ((delegate* unmanaged<uint, nint*>)apiBase[0])((uint)asked);
        if (table == null)
        {
            throw Unusable(path, $"it is version {Version}; 1.{OrtApi.MinVersion} or later is needed.");
        }

        Api = new OrtApi(table, asked);
        fixed (byte* name = "edge"u8)
        {
            Api.Check(Api.CreateEnvWithCustomLogger(&Log, 0, Warning, name, out nint environment), nameof(Api.CreateEnvWithCustomLogger));
            Environment = environment;
        }

        Api.Check(Api.DisableTelemetryEvents(Environment), nameof(Api.DisableTelemetryEvents));
        Api.Check(Api.CreateCpuMemoryInfo(DeviceAllocator, DefaultMemory, out nint memory), nameof(Api.CreateCpuMemoryInfo));
        CpuMemory = memory;
        Api.Check(Api.GetAllocatorWithDefaultOptions(out nint allocator), nameof(Api.GetAllocatorWithDefaultOptions));
        Allocator = allocator;
    }

    /// <summary>Where the library was found.</summary>
    public string Path { get; }

    /// <summary>The library's version ("1.27.0").</summary>
    public string Version { get; }

    public OrtApi Api { get; }

    public nint Environment { get; }

    public nint CpuMemory { get; }

    public nint Allocator { get; }

    public static OrtRuntime Load(string path, nint library) => new(path, library);

    /// <summary>Warnings go to stderr, whatever stream the library would choose; an error's text is in the status of the call that fails, and is not said twice.</summary>
    [UnmanagedCallersOnly]
    private static void Log(nint parameter, int severity, byte* category, byte* logId, byte* location, byte* message)
    {
        if (severity == Error)
        {
            return;
        }

        try
        {
            Console.Error.WriteLine($"onnxruntime {(severity > Warning ? "fatal error" : "warning")}: {OrtApi.Text(message).Trim()}");
        }
        catch (IOException)
        {
            // A closed stderr must not unwind through the library.
        }
    }

    private static OnnxRuntimeException Unusable(string path, string problem) =>
        new("Loading ONNX Runtime", OnnxErrorCode.LibraryMissing, $"{path} cannot be used: {problem}");
}
