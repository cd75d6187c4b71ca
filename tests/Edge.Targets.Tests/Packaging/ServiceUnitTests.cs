using Edge.Tests;

namespace Edge.Targets.Tests.Packaging;

/// <summary>The unit, the groups it is a member of and the rule that gives them devices.</summary>
public class ServiceUnitTests
{
    private static readonly string Tree = Repository.PathTo("packaging", "root");
    private static readonly ILookup<string, string> Unit = Read("usr/lib/systemd/system/edge.service")
        .Where(line => !line.StartsWith('['))
        .Select(line => line.Split('=', 2))
        .ToLookup(parts => parts[0], parts => parts[1]);

    [Fact]
    public void EveryLineOfTheUnitIsASectionOrAFieldSetOnce()
    {
        string[] lines = Read("usr/lib/systemd/system/edge.service");

        Assert.Equal(["[Unit]", "[Service]", "[Install]"], lines.Where(line => line.StartsWith('[')));
        Assert.All(lines, line => Assert.Matches(@"^(\[\w+\]|[A-Z]\w+=.*)$", line));
        string[] lists = ["DeviceAllow", "SystemCallFilter"];
        Assert.All(Unit.Where(field => !lists.Contains(field.Key)), field => Assert.Single(field));
    }

    [Fact]
    public void TheUnitRunsAPackagedProgramOnThePackagedConfigurationAndWatchesIt()
    {
        Assert.Equal(["/usr/lib/edge/edge-serve --config /etc/edge/edge.json"], Unit["ExecStart"]);
        Assert.Equal(["notify"], Unit["Type"]);
        Assert.True(int.Parse(Assert.Single(Unit["WatchdogSec"])) >= 10);
    }

    [Theory]
    [InlineData("NoNewPrivileges", "yes")]
    [InlineData("ProtectSystem", "strict")]
    [InlineData("ProtectHome", "yes")]
    [InlineData("PrivateTmp", "yes")]
    [InlineData("DynamicUser", "yes")]
    [InlineData("CapabilityBoundingSet", "")]
    [InlineData("MemoryDenyWriteExecute", "yes")]
    public void TheServiceIsConfined(string field, string value) => Assert.Equal([value], Unit[field]);

    [Fact]
    public void EveryGroupIsMadeByThePackageOrThereOnEverySystem()
    {
        IEnumerable<string> made = Read("usr/lib/sysusers.d/edge.conf").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]).Append("audio");
        string[] used = [.. Assert.Single(Unit["SupplementaryGroups"]).Split(' '), .. RuleGroups()];

        Assert.Equal(["audio", "gpio", "i2c"], used.Distinct().Order());
        Assert.Subset(made.ToHashSet(), used.ToHashSet());
    }

    private static IEnumerable<string> RuleGroups() => Read("usr/lib/udev/rules.d/60-edge.rules")
        .SelectMany(line => line.Split(", ")).Where(part => part.StartsWith("GROUP=", StringComparison.Ordinal)).Select(part => part.Split('"')[1]);

    /// <summary>The lines of a packaged file that say something.</summary>
    private static string[] Read(string path) => [.. File.ReadLines(Path.Combine(Tree, path)).Where(line => line.Length > 0 && !line.StartsWith('#'))];
}
