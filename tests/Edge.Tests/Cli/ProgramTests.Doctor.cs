using System.Text.Json;
using Edge.Cli;
using Edge.Tests.Detection;

namespace Edge.Tests.Cli;

public sealed partial class ProgramTests
{
    [Fact]
    public void Doctor_prints_an_object_for_each_check()
    {
        (int code, string[] lines, string errors) = Run("doctor", "--json", "--model", model);
        Assert.Equal("", errors);
        JsonElement[] findings = Array.ConvertAll(lines, line => JsonDocument.Parse(line).RootElement);
        Assert.All(findings, finding => Assert.Equal(["check", "verdict", "found", "advice"], finding.EnumerateObject().Select(member => member.Name)));
        Assert.All(findings, finding => Assert.Contains(finding.GetProperty("verdict").GetString(), (string[])["ok", "warning", "fault"]));
        Assert.Equal(findings.Any(finding => finding.GetProperty("verdict").GetString() == "fault") ? ExitCode.WorkFailed : ExitCode.Done, code);
        Assert.Contains("self-test passed", findings[^1].GetProperty("found").GetString());
    }

    [Fact]
    public void Doctor_fails_where_a_model_does()
    {
        string changed = TinyModel.Write(folder, "changed", digest: new string('0', 64));
        (int code, string[] lines, _) = Run("doctor", "--model", model, "--model", changed, "--model", InFolder("missing.edge"));
        Assert.Equal(ExitCode.WorkFailed, code);
        Assert.Equal(2, lines.Count(line => line.StartsWith("fault    model ", StringComparison.Ordinal)));
        Assert.Matches("^[0-9]+ faults, [0-9]+ warnings?$", lines[^1]);
    }

    [Fact]
    public void Doctor_tells_a_configuration_that_is_missing_from_one_that_is_wrong()
    {
        Assert.Equal(ExitCode.BadInputFile, Run("doctor", "--config", InFolder("missing.json")).Code);
        (int code, string[] lines, _) = Run("doctor", "--config", Write("wrong.json", "{"u8));
        Assert.Equal(ExitCode.WorkFailed, code);
        Assert.Contains(lines, line => line.StartsWith("fault    configuration", StringComparison.Ordinal));
    }
}
