using System.ComponentModel;
using System.Diagnostics;

namespace Edge.Tests.Audio.Alsa;

/// <summary>A PulseAudio server of the test's own, with one sink that plays into the void and can be heard.</summary>
internal sealed class PulseServer : IDisposable
{
    private const string Sink = "void";

    private readonly string folder = Directory.CreateTempSubdirectory("edge-pulse-").FullName;
    private Process? server;

    /// <summary>Starts a server; skips the calling test where PulseAudio or libasound's plugin for it is missing.</summary>
    public PulseServer()
    {
        Device = AlsaConfiguration.Pulse($"unix:{Socket}", $"{Sink}.monitor");
        Assert.SkipUnless(
            Directory.EnumerateFiles("/usr/lib", "libasound_module_pcm_pulse.so", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3, IgnoreInaccessible = true }).Any(),
            "libasound2-plugins (the pulse plugin of libasound) is not on this machine");
        AlsaConfiguration.SetPulseFolder(folder);
        Start();
    }

    /// <summary>The ALSA device that hears what the sink plays.</summary>
    public string Device { get; }

    private string Socket => Path.Combine(folder, "socket");

    /// <summary>Starts the server, the first time or again.</summary>
    public void Start()
    {
        string[] arguments =
        [
            "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes", "--log-level=error",
            "-L", $"module-native-protocol-unix socket={Socket} auth-anonymous=1",
            "-L", $"module-null-sink sink_name={Sink} rate=16000 channels=1 format=s16le",
        ];
        server = Launch("pulseaudio", arguments);
        bool ready = SpinWait.SpinUntil(() => server.HasExited || Answers(), 20_000);
        Assert.True(ready && !server.HasExited, "pulseaudio did not start");
    }

    /// <summary>Kills the server.</summary>
    public void Kill()
    {
        server!.Kill(entireProcessTree: true);
        server.WaitForExit();
        server.Dispose();
        server = null;
        File.Delete(Socket);
    }

    /// <summary>Plays samples at 16 kHz into the sink, to their end; up to three seconds are with the server before it begins.</summary>
    public Process Play(short[] samples)
    {
        string path = Path.Combine(folder, "played.raw");
        File.WriteAllBytes(path, WavBytes.Int16(samples));
        return Launch(
            "pacat", [$"--server=unix:{Socket}", "--playback", "--raw", "--rate=16000", "--channels=1", "--format=s16le", $"--device={Sink}", "--latency-msec=3000", path]);
    }

    public void Dispose()
    {
        if (server is not null)
        {
            Kill();
        }

        Directory.Delete(folder, recursive: true);
    }

    private bool Answers()
    {
        using Process asked = Launch("pactl", [$"--server=unix:{Socket}", "info"]);
        asked.WaitForExit();
        return asked.ExitCode == 0;
    }

    private Process Launch(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string name in (string[])["HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"])
        {
            start.Environment[name] = folder;
        }

        start.Environment.Remove("DBUS_SESSION_BUS_ADDRESS");
        try
        {
            Process process = Process.Start(start)!;
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine(); // nobody waits for what is not read
            process.BeginErrorReadLine();
            return process;
        }
        catch (Win32Exception)
        {
            Assert.Skip($"{program} is not on this machine");
            throw;
        }
    }
}
