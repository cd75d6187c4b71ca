using System.Runtime.InteropServices;

namespace Edge.Hosting.Listening;

/// <summary>Processor time of the thread that asks, where the system tells it; what other programs take meanwhile does not count.</summary>
internal sealed partial class ThreadProcessorTime : TimeProvider
{
    private const int ThreadProcessorClock = 3; // CLOCK_THREAD_CPUTIME_ID in Linux' time.h

    private ThreadProcessorTime()
    {
    }

    /// <summary>This clock on Linux; elsewhere the wall's.</summary>
    public static TimeProvider Best { get; } = OperatingSystem.IsLinux() ? new ThreadProcessorTime() : System;

    /// <inheritdoc/>
    public override long TimestampFrequency => 1_000_000_000;

    /// <inheritdoc/>
    public override long GetTimestamp() =>
        GetTime(ThreadProcessorClock, out TimeSpecification time) == 0 ? (time.Seconds * TimestampFrequency) + time.Nanoseconds : 0;

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetTime(int clock, out TimeSpecification time);

    /// <summary>struct timespec: both fields are C's long.</summary>
    private struct TimeSpecification
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
