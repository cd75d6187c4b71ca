using System.Runtime.InteropServices;
using Edge.Cli.Diagnosis;

namespace Edge.Tests.Cli.Diagnosis;

/// <summary>A folder with the files by which a board's kernel describes it; a healthy board, until a test writes over them.</summary>
internal sealed class FakeBoard : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edge-board-").FullName;

    private FakeBoard(string model, string features)
    {
        Write("/proc/device-tree/model", model + "\0");
        Write("/proc/cpuinfo", $"processor\t: 0\nBogoMIPS\t: 108.00\nFeatures\t: {features}\nCPU architecture: 8\n");
        Write("/proc/meminfo", "MemTotal:        3884368 kB\nMemFree:         2905492 kB\nMemAvailable:    3400000 kB\n");
        Write("/proc/asound/cards", " 0 [Headphones     ]: bcm2835_headpho - bcm2835 Headphones\n                      bcm2835 Headphones\n 1 [Device         ]: USB-Audio - USB PnP Sound Device\n                      C-Media at usb-0000:01:00.0-1.3\n");
        Write("/proc/asound/pcm", "00-00: bcm2835 Headphones : bcm2835 Headphones : playback 8\n01-00: USB Audio : USB Audio : playback 1 : capture 1\n");
        Write("/dev/snd/pcmC1D0c", "");
        Write("/dev/gpiochip0", "");
        Write("/etc/group", "root:x:0:\naudio:x:29:pi,edge\n");
        Write("/sys/class/leds/ACT/brightness", "0");
        Write("/sys/class/leds/PWR/brightness", "1");
        Write("/sys/class/thermal/thermal_zone0/type", "cpu-thermal");
        Write("/sys/class/thermal/thermal_zone0/temp", "48199");
        Write("/sys/class/thermal/thermal_zone0/trip_point_0_type", "critical");
        Write("/sys/class/thermal/thermal_zone0/trip_point_0_temp", "110000");
        Write("/sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "ondemand");
        Write("/sys/devices/system/cpu/cpufreq/policy0/scaling_driver", "cpufreq-dt");
        Write("/sys/devices/system/cpu/cpufreq/policy0/affected_cpus", "0 1 2 3");
        Write("/sys/devices/system/cpu/cpufreq/policy0/cpuinfo_max_freq", "1800000");
        Write("/sys/devices/system/cpu/cpufreq/policy0/scaling_max_freq", "1800000");
        Directory.CreateDirectory(PathTo("/var/lib/edge"));
        Machine = new Machine(root) { MayUse = _ => true, HasLibrary = _ => true, Hear = _ => ("S16_LE, 16000 Hz", [100, -100]), IsClockSynchronized = () => true, Now = () => new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero) };
    }

    public Machine Machine { get; init; }

    /// <summary>A NativeAOT program as the board's package holds it.</summary>
    public static ProgramFeatures Program(bool dotProduct = false) => new(Architecture.Arm64, Native: true, Vectors: true, dotProduct, Avx2: false);

    public static FakeBoard Pi4()
    {
        var board = new FakeBoard("Raspberry Pi 4 Model B Rev 1.4", "fp asimd evtstrm crc32 cpuid");
        board.Write("/sys/devices/platform/soc/soc:firmware/get_throttled", "0");
        return board;
    }

    public static FakeBoard Pi5()
    {
        var board = new FakeBoard("Raspberry Pi 5 Model B Rev 1.0", "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp");
        board.Write("/sys/bus/platform/drivers/raspberrypi-firmware/soc@107c000000:firmware/get_throttled", "0");
        return board;
    }

    public string PathTo(string path) => Path.Combine(root, path.TrimStart('/'));

    public void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathTo(path))!);
        File.WriteAllText(PathTo(path), text);
    }

    public void Delete(string path)
    {
        if (Directory.Exists(PathTo(path)))
        {
            Directory.Delete(PathTo(path), recursive: true);
        }
        else
        {
            File.Delete(PathTo(path));
        }
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}
