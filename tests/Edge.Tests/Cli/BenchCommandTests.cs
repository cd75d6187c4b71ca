using System.Text;
using System.Text.Json;
using Edge.Cli;
using Edge.Tests.Cli.Diagnosis;
using Edge.Tests.Detection;

namespace Edge.Tests.Cli;

public sealed class BenchCommandTests : IDisposable
{
    private const string Throttled = "/sys/devices/platform/soc/soc:firmware/get_throttled";

    private readonly FakeBoard board = FakeBoard.Pi4();
    private readonly string first;
    private readonly string second;

    public BenchCommandTests()
    {
        Directory.CreateDirectory(board.PathTo("/models"));
        first = TinyModel.Write(board.PathTo("/models"));
        second = TinyModel.Write(board.PathTo("/models"), "narrow", 8_000);
    }

    public void Dispose() => board.Dispose();

    [Fact]
    public void Several_models_are_measured_one_by_one_and_together()
    {
        JsonElement[] lines = [.. Bench("--json", "--model", first, second).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["tiny", "narrow"], lines[..2].Select(line => line.GetProperty("model").GetString()));
        JsonElement together = lines[2];
        Assert.Equal(2, together.GetProperty("models_together").GetInt32());
        foreach (string figure in (string[])["core_percent_p50", "core_percent_p99", "real_time_factor", "model_memory_bytes"])
        {
            Assert.Equal(lines[..2].Sum(line => line.GetProperty(figure).GetDouble()), together.GetProperty(figure).GetDouble(), 1e-5);
        }
    }

    [Fact]
    public void Heat_and_throttling_stand_beside_the_figures()
    {
        JsonElement calm = JsonDocument.Parse(Assert.Single(Bench("--json", first))).RootElement;
        Assert.Equal((48.199, 48.199, false), (calm.GetProperty("temperature_c_before").GetDouble(), calm.GetProperty("temperature_c_after").GetDouble(), calm.GetProperty("throttled").GetBoolean()));
        board.Write(Throttled, "e0008");
        Assert.True(JsonDocument.Parse(Assert.Single(Bench("--json", first))).RootElement.GetProperty("throttled").GetBoolean());
        Assert.Contains(Bench(first), line => line.Contains("yes: soft temperature limit now", StringComparison.Ordinal));
    }

    [Fact]
    public void What_happened_before_the_measurement_does_not_count()
    {
        board.Write(Throttled, "50000");
        Assert.False(JsonDocument.Parse(Assert.Single(Bench("--json", first))).RootElement.GetProperty("throttled").GetBoolean());
    }

    [Fact]
    public void A_board_that_tells_neither_is_said_to_tell_neither()
    {
        board.Delete("/sys");
        JsonElement json = JsonDocument.Parse(Assert.Single(Bench("--json", first))).RootElement;
        Assert.All(["temperature_c_before", "temperature_c_after", "throttled"], name => Assert.Equal(JsonValueKind.Null, json.GetProperty(name).ValueKind));
    }

    private string[] Bench(params string[] args)
    {
        var output = new MemoryStream();
        var errors = new StringWriter();
        var streams = new StandardStreams(Stream.Null, output, errors);
        int code = new CommandLine("edge", "", BenchCommand.Create(streams, board.Machine)).Run(["bench", "--rounds", "1", .. args], TextWriter.Null, errors);
        Assert.Equal((ExitCode.Done, ""), (code, errors.ToString()));
        return Encoding.UTF8.GetString(output.ToArray()).TrimEnd('\n').Split('\n');
    }
}
