using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Edge.Audio;
using Edge.Cli;
using Edge.Tests.Audio.Alsa;
using Edge.Tests.Detection;

namespace Edge.Tests.Cli;

/// <summary>`edge devices` and `edge listen --device`, on devices of libasound that need no hardware.</summary>
public sealed class DevicesCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edge-devices-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Devices_are_listed_with_what_they_can_do()
    {
        _ = AlsaConfiguration.Device("silence");
        (int code, string[] lines, string errors) = Run("devices", "--json");
        Assert.Equal((ExitCode.Done, ""), (code, errors));
        JsonElement silence = lines.Select(line => JsonDocument.Parse(line).RootElement).Single(device => device.GetProperty("device").GetString() == "silence");
        Assert.Equal("Zeros", silence.GetProperty("description").GetString());
        Assert.True(silence.GetProperty("ok").GetBoolean());
        Assert.Equal("S16_LE", silence.GetProperty("encodings")[0].GetString());
        Assert.Contains(16_000, silence.GetProperty("rates_hz").EnumerateArray().Select(rate => rate.GetInt32()));
        Assert.Contains("silence  (Zeros)", Run("devices").Lines);
    }

    [Fact]
    public void One_device_is_described_or_its_trouble_told()
    {
        string studio = AlsaConfiguration.Ramp(folder, "studio");
        Assert.Equal("    S32_LE; 48000 96000 Hz; 2 channels", Run("devices", "--device", studio).Lines[1]);
        (int code, string[] lines, _) = Run("devices", "--device", "missing", "--json");
        Assert.Equal(ExitCode.DeviceTrouble, code);
        Assert.Contains("no such device", JsonDocument.Parse(Assert.Single(lines)).RootElement.GetProperty("problem").GetString());
    }

    [Fact]
    public void A_test_tells_level_and_advice()
    {
        short[] clipped = [.. Enumerable.Range(0, 3 * 16_000).Select(i => i % 20 < 10 ? short.MaxValue : short.MinValue)];
        (int code, string[] lines, string errors) = Run("devices", "--test", "3", "--device", Recording(clipped));
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("S16_LE, 16000 Hz, 1 channel", errors);
        Assert.Contains("peak 0.0 dBFS", lines[0]);
        Assert.Contains("turn the gain down", Assert.Single(lines[1..]));
        (_, string[] json, _) = Run("devices", "--test", "2", "--device", "silence", "--json");
        JsonElement report = JsonDocument.Parse(Assert.Single(json)).RootElement;
        Assert.Equal((-96.3, 0L), (report.GetProperty("peak_dbfs").GetDouble(), report.GetProperty("overruns").GetInt64()));
        Assert.Contains("muted", report.GetProperty("advice")[0].GetString());
    }

    [Theory]
    [InlineData(ExitCode.DeviceTrouble, "devices", "--test", "1", "--device", "missing")]
    [InlineData(ExitCode.WrongUsage, "devices", "hw:1")]
    [InlineData(ExitCode.WrongUsage, "devices", "--test", "0")]
    public void What_cannot_be_done_is_told(int expected, params string[] command)
    {
        _ = AlsaConfiguration.Device("silence");
        (int code, string[] lines, string errors) = Run(command);
        Assert.Equal((expected, 0), (code, lines.Length));
        Assert.NotEmpty(errors);
    }

    [Fact]
    public void Listen_hears_a_device_until_it_is_asked_to_end()
    {
        string device = Recording(TinyModel.Sound(16_000, (0, 500), (TinyModel.Loud, 200), (0, 300), (-TinyModel.Loud, 200), (0, 500)));
        using var end = new CancellationTokenSource();
        using var output = new WatchedOutput(lines: 2, end.Cancel);
        var errors = new StringWriter();
        Assert.Equal(ExitCode.Done, Program.Run(["listen", "--model", TinyModel.Write(folder), "--device", device, "--json"], new StandardStreams(Stream.Null, output, errors), end.Token));
        JsonElement[] heard = [.. Lines(output).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["high", "low"], heard.Select(e => e.GetProperty("label").GetString()));
        Assert.Equal([0.45, 0.95], heard.Select(e => e.GetProperty("start_s").GetDouble()));
        Assert.Contains("S16_LE, 16000 Hz, 1 channel", errors.ToString());
    }

    [Fact]
    public void Listen_names_a_device_that_is_not_there_and_takes_one_source_alone()
    {
        string model = TinyModel.Write(folder);
        _ = AlsaConfiguration.Device("silence");
        (int code, _, string errors) = Run("listen", "--model", model, "--device", "missing");
        Assert.Equal(ExitCode.DeviceTrouble, code);
        Assert.Contains("missing: snd_pcm_open failed", errors);
        Assert.Equal(ExitCode.WrongUsage, Run("listen", "--model", model, "--device", "silence", "-").Code);
        Assert.Equal(ExitCode.WrongUsage, Run("listen", "--model", model).Code);
    }

    private static (int Code, string[] Lines, string Errors) Run(params string[] command)
    {
        var output = new MemoryStream();
        var errors = new StringWriter();
        int code = Program.Run(command, new StandardStreams(Stream.Null, output, errors), TestContext.Current.CancellationToken);
        return (code, Lines(output), errors.ToString());
    }

    private static string[] Lines(MemoryStream output) => Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private string Recording(short[] samples)
    {
        string path = Path.Combine(folder, "sound.raw");
        File.WriteAllBytes(path, MemoryMarshal.AsBytes<short>(samples).ToArray());
        return AlsaConfiguration.File(path);
    }

    /// <summary>Calls back once so many lines were written.</summary>
    private sealed class WatchedOutput(int lines, Action then) : MemoryStream
    {
        private int left = lines;

        public override void Write(byte[] buffer, int offset, int count)
        {
            base.Write(buffer, offset, count);
            int before = left;
            left -= buffer.AsSpan(offset, count).Count((byte)'\n');
            if (before > 0 && left <= 0)
            {
                then();
            }
        }
    }
}
