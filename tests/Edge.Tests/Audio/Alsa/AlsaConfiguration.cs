using System.Diagnostics;
using System.Runtime.InteropServices;
using Edge.Audio.Alsa.Interop;

namespace Edge.Tests.Audio.Alsa;

/// <summary>Devices without hardware, by a configuration of libasound's own plugins; it holds for the whole test process.</summary>
internal static partial class AlsaConfiguration
{
    private static readonly Lazy<string> Folder = new(Install);
    private static readonly Lazy<string?> RampPlugin = new(BuildRamp);

    /// <summary>Gives a raw file as fast as it is read, then zeros: the `file` plugin over `null`.</summary>
    public static string File(string path) => Device($"recording:'{path}'");

    /// <summary>The device of ramp_device.c.</summary>
    /// <param name="folder">Where the files lie that command it.</param>
    /// <param name="name">ramp or studio.</param>
    public static string Ramp(string folder, string name = "ramp")
    {
        SkipWithoutLibrary();
        Assert.SkipWhen(RampPlugin.Value is null, "ramp_device.c cannot be compiled: cc and libasound2-dev are not on this machine");
        return Device($"{name}:'{folder}'");
    }

    /// <summary>Defines the device `later`, as a sound server defines its own while it runs.</summary>
    public static void AddLater()
    {
        string path = Path.Combine(Folder.Value, "later.conf");
        System.IO.File.WriteAllText(path + ".new", "pcm.later { type null }");
        System.IO.File.Move(path + ".new", path);
    }

    /// <summary>A source of a PulseAudio server.</summary>
    public static string Pulse(string socket, string source) => Device($"server:'{socket}',{source}");

    /// <summary>Where libpulse keeps what it writes, in place of the user's own folders.</summary>
    public static void SetPulseFolder(string folder)
    {
        _ = SetEnvironment("PULSE_RUNTIME_PATH", folder, 1);
        _ = SetEnvironment("XDG_CONFIG_HOME", folder, 1);
        _ = SetEnvironment("PULSE_COOKIE", Path.Combine(folder, "cookie"), 1);
        _ = SetEnvironment("PULSE_LATENCY_MSEC", "20", 1); // else a sink without hardware gives its sound two seconds at a time
    }

    /// <summary>Skips the calling test where libasound is missing; else makes the configuration hold.</summary>
    public static string Device(string name)
    {
        SkipWithoutLibrary();
        _ = Folder.Value;
        return name;
    }

    private static void SkipWithoutLibrary() => Assert.SkipUnless(OperatingSystem.IsLinux() && Asound.IsAvailable, "libasound.so.2 is not on this machine");

    private static string Install()
    {
        string folder = Directory.CreateTempSubdirectory("edge-alsa-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        string path = Path.Combine(folder, "asound.conf");
        System.IO.File.WriteAllText(path, $$"""
            pcm.recording {
                @args [ FILE ]
                @args.FILE { type string }
                type file
                slave.pcm { type null }
                file /dev/null
                infile $FILE
                format raw
                hint { show on description "A recording\nfor tests" }
            }
            @hooks [ { func load files [ "{{Path.Combine(folder, "later.conf")}}" ] errors false } ]
            pcm.silence { type null hint { show on description "Zeros" } }
            pcm_type.ramp { lib "{{Path.Combine(folder, "ramp.so")}}" }
            pcm.ramp {
                @args [ FOLDER ]
                @args.FOLDER { type string }
                type ramp
                folder $FOLDER
            }
            pcm.studio {
                @args [ FOLDER ]
                @args.FOLDER { type string }
                type ramp
                folder $FOLDER
                studio 1
            }
            pcm.server {
                @args [ SOCKET SOURCE ]
                @args.SOCKET { type string }
                @args.SOURCE { type string }
                type pulse
                server $SOCKET
                device $SOURCE
            }
            """);
        Assert.Equal(0, SetEnvironment("ALSA_CONFIG_PATH", path, 1)); // .NET's own copy of the environment is not what libasound reads
        return folder;
    }

    private static string? BuildRamp()
    {
        string source = Repository.PathTo("tests", "Edge.Tests", "Audio", "Alsa", "ramp_device.c");
        try
        {
            var start = new ProcessStartInfo("cc", ["-shared", "-fPIC", "-DPIC", "-O1", "-o", Path.Combine(Folder.Value, "ramp.so"), source, "-lasound"]) { RedirectStandardError = true };
            using Process compiler = Process.Start(start)!;
            string errors = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            return compiler.ExitCode == 0 ? "" : errors.Contains("asoundlib.h", StringComparison.Ordinal) ? null : throw new InvalidOperationException(errors);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // no compiler
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
