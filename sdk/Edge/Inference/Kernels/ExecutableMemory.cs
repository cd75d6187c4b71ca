using System.Runtime.InteropServices;

namespace Edge.Inference.Kernels;

/// <summary>Machine code in memory of its own, on Linux: first writable, then executable, never both.</summary>
internal static unsafe partial class ExecutableMemory
{
    private const int Read = 1, Write = 2, Execute = 4;
    private const int Private = 2, Anonymous = 0x20;

    /// <summary>Changes what may be done with pages; 0 where the system did it.</summary>
    internal delegate int Protector(nint start, nuint length, int protection);

    /// <summary>Places position-independent code for as long as the process lives.</summary>
    /// <param name="code">The code.</param>
    /// <param name="start">Where it begins, a page's start.</param>
    /// <returns>False where this is not Linux, or where the system lets no memory become executable (SELinux, systemd's MemoryDenyWriteExecute).</returns>
    public static bool TryPlace(ReadOnlySpan<byte> code, out nint start) => TryPlace(code, Protect, out start);

    /// <summary>The same with a protector of the caller's.</summary>
    internal static bool TryPlace(ReadOnlySpan<byte> code, Protector protect, out nint start)
    {
        start = 0;
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        nint pages = Map(0, (nuint)code.Length, Read | Write, Private | Anonymous, -1, 0);
        if (pages == -1)
        {
            return false;
        }

        code.CopyTo(new Span<byte>((void*)pages, code.Length));
        if (protect(pages, (nuint)code.Length, Read | Execute) != 0)
        {
            _ = Unmap(pages, (nuint)code.Length);
            return false;
        }

        start = pages;
        return true;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint start, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint start, nuint length);
}
