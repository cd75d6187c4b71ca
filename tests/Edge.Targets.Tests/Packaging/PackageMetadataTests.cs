using System.Diagnostics;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Edge.Tests;

namespace Edge.Targets.Tests.Packaging;

/// <summary>What the package says of itself.</summary>
public class PackageMetadataTests
{
    private static readonly string Version = XDocument.Load(Repository.PathTo("Directory.Build.props")).Descendants("Version").Single().Value;

    [Fact]
    public void TheChangeLogBeginsWithTheVersionOfTheLibraries()
    {
        string[] lines = File.ReadAllLines(Repository.PathTo("packaging", "debian", "changelog"));

        Assert.StartsWith($"edge ({Version}) ", lines[0]);
        Assert.Matches(@"^ -- [^<]+ <[^>]+@[^>]+>  \w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} \+0000$", lines.First(line => line.StartsWith(" -- ", StringComparison.Ordinal)));
    }

    [Fact]
    public void EveryPageOfTheManualIsOfThatVersionAndNamesItself()
    {
        string[] pages = Directory.GetFiles(Repository.PathTo("packaging", "root", "usr", "share", "man"), "*", SearchOption.AllDirectories);

        Assert.Equal(["edge-serve.8", "edge.1", "edge.json.5"], pages.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(pages, page =>
        {
            string[] lines = File.ReadAllLines(page);
            (string name, string section) = (Path.GetFileNameWithoutExtension(page), Path.GetExtension(page)[1..]);
            Assert.Equal($"man{section}", Path.GetFileName(Path.GetDirectoryName(page)));
            Assert.Matches($@"^\.TH {Regex.Escape(name.Replace("-", @"\-").ToUpperInvariant())} {section} \S+ ""Edge {Regex.Escape(Version)}"" ", lines[0]);
            Assert.StartsWith($@"{name.Replace("-", @"\-")} \- ", lines[Array.IndexOf(lines, ".SH NAME") + 1]);
        });
    }

    [Fact]
    public void TheControlFileHasTheFieldsThatDpkgAsksFor()
    {
        string[] lines = File.ReadAllLines(Repository.PathTo("packaging", "debian", "control"));

        string[] fields = [.. lines.Where(line => !line.StartsWith(' ')).Select(line => line.Split(':')[0])];
        Assert.Subset(fields.ToHashSet(), new HashSet<string> { "Package", "Version", "Architecture", "Maintainer", "Description" });
        Assert.Equal(fields.Length, fields.Distinct().Count());
        Assert.All(lines, line => Assert.True(line.Length <= 80, line));
    }

    [Theory]
    [InlineData("debian/postinst")]
    [InlineData("debian/prerm")]
    [InlineData("debian/postrm")]
    [InlineData("check/report.sh")]
    [InlineData("check/installed.sh")]
    [InlineData("check/booted.sh")]
    public void EveryScriptIsOneOfThePlainShell(string path)
    {
        Assert.SkipUnless(File.Exists("/bin/sh"), "there is no /bin/sh on this machine");
        using Process shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-n", Repository.PathTo("packaging", path)]) { RedirectStandardError = true })!;
        string errors = shell.StandardError.ReadToEnd();
        shell.WaitForExit();

        Assert.Equal((0, ""), (shell.ExitCode, errors));
    }
}
