using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Edge.Audio.Interop;

/// <summary>The calls of libsndfile's C interface (sndfile.h, API 1.0) that reading needs. Nothing is loaded before the first of them.</summary>
internal static unsafe partial class SndFile
{
    public const int ModeRead = 0x10;
    private const string Library = "sndfile";

    private static readonly string[] FileNames =
        OperatingSystem.IsWindows() ? ["sndfile.dll", "libsndfile-1.dll"]
        : OperatingSystem.IsMacOS() ? ["libsndfile.1.dylib", "libsndfile.dylib"]
        : ["libsndfile.so.1", "libsndfile.so"];

    private static readonly nint Module = Load(FileNames);

    static SndFile() => NativeLibrary.SetDllImportResolver(typeof(SndFile).Assembly, Resolve);

    /// <summary>The library is on this machine.</summary>
    public static bool IsAvailable => Module != 0;

    /// <summary>Opens a file; invalid where that failed, and then <see cref="Error"/> of 0 says why.</summary>
    [LibraryImport(Library, EntryPoint = "sf_open", StringMarshalling = StringMarshalling.Utf8)]
    public static partial Handle Open(string path, int mode, ref Info info);

    /// <summary>Reads interleaved frames, full scale 1.0.</summary>
    /// <returns>Frames read; less than asked for at the end or after an error.</returns>
    [LibraryImport(Library, EntryPoint = "sf_readf_double")]
    public static partial long ReadFrames(Handle file, double* samples, long frames);

    /// <summary>0 if the last call on the file went well.</summary>
    [LibraryImport(Library, EntryPoint = "sf_error")]
    public static partial int Error(Handle file);

    /// <summary>The last error on <paramref name="file"/>, or of a failed open where it is invalid.</summary>
    public static string Message(Handle file) =>
        Marshal.PtrToStringUTF8(file.IsInvalid ? LastMessage(0) : FileMessage(file)) ?? "no reason given";

    [LibraryImport(Library, EntryPoint = "sf_strerror")]
    private static partial nint LastMessage(nint none);

    [LibraryImport(Library, EntryPoint = "sf_strerror")]
    private static partial nint FileMessage(Handle file);

    [LibraryImport(Library, EntryPoint = "sf_close")]
    private static partial int Close(nint file);

    private static nint Load(string[] fileNames)
    {
        foreach (string fileName in fileNames)
        {
            if (NativeLibrary.TryLoad(fileName, out nint module))
            {
                return module;
            }
        }

        return 0;
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath) => name == Library ? Module : 0;

    /// <summary>SF_INFO.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Info
    {
        public long Frames;
        public int SampleRateHz;
        public int Channels;
        public int Format;
        public int Sections;
        public int Seekable;
    }

    /// <summary>SNDFILE*.</summary>
    public sealed class Handle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
    {
        protected override bool ReleaseHandle() => SndFile.Close(handle) == 0;
    }
}
