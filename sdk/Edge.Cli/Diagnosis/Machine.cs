using System.Runtime.InteropServices;
using Edge.Audio;
using Edge.Audio.Alsa;

namespace Edge.Cli.Diagnosis;

/// <summary>The computer as its kernel describes it in files.</summary>
/// <param name="root">Where /proc, /sys, /dev and the others lie; a test brings a folder of its own.</param>
internal sealed partial class Machine(string root = "/")
{
    private const int MaxTextBytes = 256 * 1024;
    private const int HearingPatienceMs = 4_000;
    private const int ReadAndWrite = 4 | 2; // R_OK, W_OK
    private const int ClockIsUnsynchronized = 5; // TIME_ERROR of adjtimex(2)
    private const int TimexBytes = 512; // struct timex is 128 or 208 bytes long

    /// <summary>Whether this process may read and write a file.</summary>
    public Func<string, bool> MayUse { get; init; } = path => !OperatingSystem.IsLinux() || Access(path, ReadAndWrite) == 0;

    /// <summary>Whether the dynamic linker finds a library.</summary>
    public Func<string, bool> HasLibrary { get; init; } = LibraryLoads;

    /// <summary>Whether the kernel's clock follows a time server; null where it does not say.</summary>
    public Func<bool?> IsClockSynchronized { get; init; } = AskClock;

    /// <summary>About a second of sound of a capture device, and the format that it gives; less, or none, where none comes in time.</summary>
    /// <exception cref="AudioDeviceException">The device cannot be opened.</exception>
    public Func<string, (string Format, short[] Samples)> Hear { get; init; } = Capture;

    /// <summary>The time of the system's clock.</summary>
    public Func<DateTimeOffset> Now { get; init; } = () => DateTimeOffset.UtcNow;

    /// <summary>The board as its device tree names it, "Raspberry Pi 5 Model B Rev 1.0"; null where there is none.</summary>
    public string? Board => Text("/proc/device-tree/model")?.TrimEnd('\0');

    /// <summary>Where a file of the system lies.</summary>
    /// <param name="path">Absolute, as on the system itself.</param>
    public string PathTo(string path) => Path.Combine(root, path.TrimStart('/'));

    /// <summary>Whether a file or folder is there.</summary>
    public bool Exists(string path) => Path.Exists(PathTo(path));

    /// <summary>A file's text without white space around it; null where it cannot be read.</summary>
    public string? Text(string path)
    {
        try
        {
            using FileStream file = new(PathTo(path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            byte[] bytes = new byte[MaxTextBytes]; // files of the kernel do not tell their length
            int count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return System.Text.Encoding.UTF8.GetString(bytes, 0, count).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null; // a sensor that is switched off answers with an error
        }
    }

    /// <summary>A file's text as a whole number; null where it is none.</summary>
    public long? Number(string path) =>
        long.TryParse(Text(path), System.Globalization.CultureInfo.InvariantCulture, out long value) ? value : null;

    /// <summary>The value of the line "<paramref name="key"/> : value" of a file; null where there is none.</summary>
    public string? Field(string path, string key)
    {
        foreach (string line in Lines(path))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line.AsSpan(0, colon).Trim().SequenceEqual(key))
            {
                return line[(colon + 1)..].Trim();
            }
        }

        return null;
    }

    /// <summary>A file's lines; none where it cannot be read.</summary>
    public string[] Lines(string path) => Text(path)?.Split('\n') ?? [];

    /// <summary>Names of what lies in a folder, in order; none where there is no such folder.</summary>
    /// <param name="folder">Absolute.</param>
    /// <param name="pattern">With * for any characters.</param>
    public string[] List(string folder, string pattern = "*")
    {
        try
        {
            string[] names = Array.ConvertAll(Directory.GetFileSystemEntries(PathTo(folder), pattern), path => Path.GetFileName(path));
            Array.Sort(names, StringComparer.Ordinal);
            return names;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool LibraryLoads(string name)
    {
        if (!NativeLibrary.TryLoad(name, out nint library))
        {
            return false;
        }

        NativeLibrary.Free(library);
        return true;
    }

    private static (string Format, short[] Samples) Capture(string device)
    {
        using AlsaSource source = AlsaSource.Open(new AlsaOptions { Device = device });
        using var limit = new Timer(_ => source.Dispose(), null, HearingPatienceMs, Timeout.Infinite); // a device that goes away is waited for
        short[] samples = new short[source.SampleRateHz * source.Channels];
        int filled = 0;
        for (int count; filled < samples.Length && (count = source.Read(samples.AsSpan(filled))) > 0;)
        {
            filled += count;
        }

        return ($"{source.Format}", samples[..filled]);
    }

    private static bool? AskClock()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        int state = AdjustTime(new byte[TimexBytes]); // all zero: asks, and changes nothing
        return state < 0 ? null : state != ClockIsUnsynchronized;
    }

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "adjtimex")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int AdjustTime(byte[] timex);
}
