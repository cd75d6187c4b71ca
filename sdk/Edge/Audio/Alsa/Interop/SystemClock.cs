using System.Runtime.InteropServices;

namespace Edge.Audio.Alsa.Interop;

/// <summary>The clocks of the C library (time.h).</summary>
internal static partial class SystemClock
{
    private const int Monotonic = 1; // CLOCK_MONOTONIC: stands still while the system sleeps
    private const int Boot = 7; // CLOCK_BOOTTIME: goes on

    /// <summary>Nanoseconds since the start of the system, sleep included.</summary>
    public static long BootNs => Read(Boot);

    /// <summary>What to add to a time of CLOCK_MONOTONIC, which libasound's time stamps are of, to get one of <see cref="BootNs"/>.</summary>
    public static long SleptNs => Read(Boot) - Read(Monotonic);

    private static long Read(int clock)
    {
        _ = GetTime(clock, out Asound.Timespec time); // fails for unknown clocks alone, and these are as old as Linux 2.6.39
        return time.TotalNs;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Asound.Timespec time);
}
