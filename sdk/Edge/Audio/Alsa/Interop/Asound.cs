using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Edge.Audio.Alsa.Interop;

/// <summary>The calls of libasound's C interface (alsa/asoundlib.h, API of libasound.so.2) that capture needs. Nothing is loaded before the first of them.</summary>
/// <remarks>Calls that return int give 0 or a positive value where they succeed, and an errno, negated, where they fail.</remarks>
internal static unsafe partial class Asound
{
    public const int Capture = 1; // SND_PCM_STREAM_CAPTURE
    public const int NonBlocking = 1; // SND_PCM_NONBLOCK
    public const int Interleaved = 3; // SND_PCM_ACCESS_RW_INTERLEAVED
    public const int Running = 3; // SND_PCM_STATE_RUNNING
    private const string Library = "libasound.so.2";

    private static readonly Lazy<bool> Available = new(Load);

    /// <summary>The library is on this machine.</summary>
    public static bool IsAvailable => Available.Value;

    /// <summary>The text of an error code.</summary>
    public static string Message(int code) => Marshal.PtrToStringUTF8(ErrorText(code)) ?? $"error {code}";

    [LibraryImport(Library, EntryPoint = "snd_pcm_open", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(out Pcm pcm, string name, int stream, int mode);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_malloc")]
    public static partial int Allocate(out HardwareParameters parameters);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_any")]
    public static partial int Any(Pcm pcm, HardwareParameters parameters);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_set_access")]
    public static partial int SetAccess(Pcm pcm, HardwareParameters parameters, int access);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_set_rate_resample")]
    public static partial int SetRateResample(Pcm pcm, HardwareParameters parameters, uint enabled);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_test_format")]
    public static partial int TestFormat(Pcm pcm, HardwareParameters parameters, int format);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_set_format")]
    public static partial int SetFormat(Pcm pcm, HardwareParameters parameters, int format);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_test_rate")]
    public static partial int TestRate(Pcm pcm, HardwareParameters parameters, uint rateHz, int direction);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_set_rate_min")]
    public static partial int SetRateMin(Pcm pcm, HardwareParameters parameters, ref uint rateHz, ref int direction);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_set_rate_near")]
    public static partial int SetRateNear(Pcm pcm, HardwareParameters parameters, ref uint rateHz, ref int direction);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_get_rate_min")]
    public static partial int GetRateMin(HardwareParameters parameters, out uint rateHz, out int direction);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_get_rate_max")]
    public static partial int GetRateMax(HardwareParameters parameters, out uint rateHz, out int direction);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_set_channels_near")]
    public static partial int SetChannelsNear(Pcm pcm, HardwareParameters parameters, ref uint channels);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_get_channels_min")]
    public static partial int GetChannelsMin(HardwareParameters parameters, out uint channels);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_get_channels_max")]
    public static partial int GetChannelsMax(HardwareParameters parameters, out uint channels);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_set_period_time_near")]
    public static partial int SetPeriodTimeNear(Pcm pcm, HardwareParameters parameters, ref uint microseconds, ref int direction);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_set_buffer_time_near")]
    public static partial int SetBufferTimeNear(Pcm pcm, HardwareParameters parameters, ref uint microseconds, ref int direction);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_get_period_size")]
    public static partial int GetPeriodSize(HardwareParameters parameters, out nuint frames, out int direction);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_get_buffer_size")]
    public static partial int GetBufferSize(HardwareParameters parameters, out nuint frames);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params")]
    public static partial int Install(Pcm pcm, HardwareParameters parameters);

    [LibraryImport(Library, EntryPoint = "snd_pcm_sw_params_malloc")]
    public static partial int Allocate(out SoftwareParameters parameters);

    [LibraryImport(Library, EntryPoint = "snd_pcm_sw_params_current")]
    public static partial int Current(Pcm pcm, SoftwareParameters parameters);

    [LibraryImport(Library, EntryPoint = "snd_pcm_sw_params_set_avail_min")]
    public static partial int SetAvailMin(Pcm pcm, SoftwareParameters parameters, nuint frames);

    [LibraryImport(Library, EntryPoint = "snd_pcm_sw_params_set_tstamp_mode")]
    public static partial int SetTimestampMode(Pcm pcm, SoftwareParameters parameters, int mode);

    [LibraryImport(Library, EntryPoint = "snd_pcm_sw_params_set_tstamp_type")]
    public static partial int SetTimestampType(Pcm pcm, SoftwareParameters parameters, int type);

    [LibraryImport(Library, EntryPoint = "snd_pcm_sw_params")]
    public static partial int Install(Pcm pcm, SoftwareParameters parameters);

    [LibraryImport(Library, EntryPoint = "snd_pcm_prepare")]
    public static partial int Prepare(Pcm pcm);

    [LibraryImport(Library, EntryPoint = "snd_pcm_start")]
    public static partial int Start(Pcm pcm);

    [LibraryImport(Library, EntryPoint = "snd_pcm_resume")]
    public static partial int Resume(Pcm pcm);

    [LibraryImport(Library, EntryPoint = "snd_pcm_state")]
    public static partial int State(Pcm pcm);

    [LibraryImport(Library, EntryPoint = "snd_pcm_wait")]
    public static partial int Wait(Pcm pcm, int timeoutMs);

    [LibraryImport(Library, EntryPoint = "snd_pcm_avail")]
    public static partial nint Avail(Pcm pcm);

    [LibraryImport(Library, EntryPoint = "snd_pcm_htimestamp")]
    public static partial int HardwareTimestamp(Pcm pcm, out nuint avail, out Timespec time);

    [LibraryImport(Library, EntryPoint = "snd_pcm_readi")]
    public static partial nint Read(Pcm pcm, byte* frames, nuint count);

    /// <summary>The next device is opened by a configuration that is read anew; else it is only where a file of it has changed.</summary>
    [LibraryImport(Library, EntryPoint = "snd_config_update_free_global")]
    public static partial int ForgetConfiguration();

    [LibraryImport(Library, EntryPoint = "snd_device_name_hint", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int GetHints(int card, string kind, out nint* hints);

    [LibraryImport(Library, EntryPoint = "snd_device_name_free_hint")]
    public static partial int FreeHints(nint* hints);

    /// <summary>A field of a hint; null where it has none.</summary>
    public static string? Hint(nint hint, string field)
    {
        nint text = GetHint(hint, field);
        string? value = Marshal.PtrToStringUTF8(text);
        NativeMemory.Free((void*)text); // allocated by malloc
        return value;
    }

    [LibraryImport(Library, EntryPoint = "snd_device_name_get_hint", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetHint(nint hint, string field);

    [LibraryImport(Library, EntryPoint = "snd_strerror")]
    private static partial nint ErrorText(int code);

    [LibraryImport(Library, EntryPoint = "snd_pcm_close")]
    private static partial int Close(nint pcm);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_free")]
    private static partial void FreeHardware(nint parameters);

    [LibraryImport(Library, EntryPoint = "snd_pcm_sw_params_free")]
    private static partial void FreeSoftware(nint parameters);

    [LibraryImport(Library, EntryPoint = "snd_lib_error_set_handler")]
    private static partial int SetErrorHandler(delegate* unmanaged[Cdecl]<nint, int, nint, int, nint, void> handler);

    private static bool Load()
    {
        if (!NativeLibrary.TryLoad(Library, out _))
        {
            return false;
        }

        _ = SetErrorHandler(&Ignore);
        return true;
    }

    /// <remarks>The library prints several lines on standard error for each fault, and its callers say what matters.</remarks>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Ignore(nint file, int line, nint function, int code, nint format)
    {
    }

    /// <summary>struct timespec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;

        public readonly long TotalNs => (Seconds * 1_000_000_000L) + Nanoseconds;
    }

    /// <summary>snd_pcm_t*.</summary>
    public sealed class Pcm() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
    {
        protected override bool ReleaseHandle() => Asound.Close(handle) == 0;
    }

    /// <summary>snd_pcm_hw_params_t*.</summary>
    public sealed class HardwareParameters() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
    {
        protected override bool ReleaseHandle()
        {
            FreeHardware(handle);
            return true;
        }
    }

    /// <summary>snd_pcm_sw_params_t*.</summary>
    public sealed class SoftwareParameters() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
    {
        protected override bool ReleaseHandle()
        {
            FreeSoftware(handle);
            return true;
        }
    }
}
