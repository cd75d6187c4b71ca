using System.Runtime.InteropServices;

namespace Edge.Native;

/// <summary>Functions of edge.h about the library itself.</summary>
internal static unsafe class LibraryExports
{
    private static readonly PinnedText Version = new(typeof(LibraryExports).Assembly.GetName().Version!.ToString(3));

    [UnmanagedCallersOnly(EntryPoint = "edge_version")]
    public static byte* GetVersion() => Version.Pointer;

    [UnmanagedCallersOnly(EntryPoint = "edge_last_error")]
    public static byte* GetLastError() => LastError.Pointer;
}
