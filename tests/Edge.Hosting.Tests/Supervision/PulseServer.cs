using System.Diagnostics;
using System.Runtime.InteropServices;
using Edge.Benchmarks.Endurance;

namespace Edge.Hosting.Tests.Supervision;

/// <summary>A PulseAudio server with one room: what is played there can be recorded through ALSA. A microphone that can be pulled out.</summary>
internal sealed class PulseServer : IDisposable
{
    private const string Room = "room";

    private readonly string folder;
    private Process? server;

    /// <param name="folder">Where its socket and ALSA's configuration lie.</param>
    public PulseServer(string folder)
    {
        Assert.SkipWhen(!IsInstalled("pulseaudio") || !IsInstalled("pacat"), "pulseaudio is not installed; apt-get install pulseaudio libasound2-plugins");
        this.folder = folder;
        File.WriteAllText(Path.Combine(folder, "asound.conf"), $$"""pcm.{{Room}} { type pulse server "{{Address}}" device "{{Room}}.monitor" }""");
    }

    /// <summary>Fields of the service's source.</summary>
    public static string Source => $"\"Kind\": \"alsa\", \"Device\": \"{Room}\", \"BufferMs\": 2000";

    /// <summary>What the service needs in its environment to find the room.</summary>
    public Dictionary<string, string> Environment => new()
    {
        ["ALSA_CONFIG_PATH"] = Path.Combine(folder, "asound.conf"),
        ["HOME"] = folder,
        ["XDG_RUNTIME_DIR"] = folder,
        ["PULSE_LATENCY_MSEC"] = "100",
    };

    private string Address => $"unix:{Path.Combine(folder, "pulse.socket")}";

    /// <summary>Plugs the microphone in.</summary>
    public async Task StartAsync()
    {
        string socket = Path.Combine(folder, "pulse.socket");
        server = Run(
            "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes", "--log-level=error",
            "-L", $"module-null-sink sink_name={Room} rate={LongSound.RateHz} channels=1 format=s16le",
            "-L", $"module-native-protocol-unix auth-anonymous=1 socket={socket}");
        while (!File.Exists(socket) && !server.HasExited)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.False(server.HasExited, "pulseaudio has ended.");
    }

    /// <summary>Pulls it out.</summary>
    public void Kill()
    {
        File.Delete(Path.Combine(folder, "pulse.socket"));
        server?.Kill();
        server?.WaitForExit();
        server?.Dispose();
        server = null;
    }

    /// <summary>Plays sound in the room, as long as it lasts.</summary>
    public async Task PlayAsync(short[] samples)
    {
        string recording = Path.Combine(folder, "played.raw");
        await File.WriteAllBytesAsync(recording, MemoryMarshal.AsBytes(samples.AsSpan()).ToArray());
        using Process player = Run("pacat", $"--server={Address}", "--playback", $"--device={Room}", "--raw", $"--rate={LongSound.RateHz}", "--format=s16le", "--channels=1", recording);
        await player.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, player.ExitCode);
    }

    public void Dispose() => Kill();

    private static bool IsInstalled(string program) => File.Exists($"/usr/bin/{program}");

    private Process Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments);
        foreach ((string name, string value) in Environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
