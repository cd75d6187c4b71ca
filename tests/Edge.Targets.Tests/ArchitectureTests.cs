using System.Xml.Linq;
using Edge.Tests;

namespace Edge.Targets.Tests;

/// <summary>Which projects these may use.</summary>
public class ArchitectureTests
{
    [Theory]
    [InlineData("targets/Edge.Targets", "Edge")]
    [InlineData("sdk/Edge.Native", "Edge")]
    public void A_project_uses_the_device_library_alone(string folder, params string[] allowed)
    {
        string path = Repository.PathTo([.. folder.Split('/'), $"{Path.GetFileName(folder)}.csproj"]);
        IEnumerable<string> used = XDocument.Load(path).Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));
        Assert.Equal(allowed, used);
        Assert.Empty(XDocument.Load(path).Descendants("PackageReference"));
    }

    [Fact]
    public void Nothing_about_a_board_is_written_outside_its_file()
    {
        string[] scripts = [.. Directory.GetFiles(Repository.PathTo("build"), "*.cake"), Repository.PathTo("build.cake")];
        foreach (Board board in Boards.All.Boards.Where(board => board.CrossTools.Triplet != "x86_64-linux-gnu"))
        {
            foreach (string script in scripts)
            {
                string text = File.ReadAllText(script);
                Assert.DoesNotContain(board.CrossTools.Triplet, text, StringComparison.Ordinal);
                Assert.DoesNotContain($"\"{board.Name}\"", text, StringComparison.Ordinal);
            }
        }
    }
}
