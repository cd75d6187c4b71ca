using Edge.Cli;
using Edge.Tests;

namespace Edge.Targets.Tests;

public class BoardCatalogueTests
{
    [Fact]
    public void The_catalogue_holds_the_boards_that_Edge_is_built_for() => Assert.Equal(
        [
            "cortex-m33", "cortex-m4", "cortex-m55", "cortex-m7", "jetson-nano", "jetson-orin", "pi-3", "pi-4", "pi-5", "pi-zero-2w", "pi-zero-2w-armhf", "x64", "x64-baseline",
        ],
        Boards.All.Boards.Select(board => board.Name));

    [Fact]
    public void Every_file_in_the_folder_is_in_the_catalogue() => Assert.Equal(
        Directory.GetFiles(Repository.PathTo("targets", "boards"), "*.json").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal),
        Boards.All.Boards.Select(board => board.Name));

    [Fact]
    public void A_rate_says_where_it_comes_from_and_no_figure_of_others_passes_as_measured()
    {
        foreach (Board board in Boards.All.Boards)
        {
            Assert.True(board.Rate.Source.Length > 20, $"{board.Name}: {board.Rate.Source}");
            Assert.Equal(board.Rate.Source.Contains(" bench o", StringComparison.Ordinal), board.Rate.Kind == RateKind.Measured);
        }
    }

    [Fact]
    public void The_faults_of_all_files_are_reported_at_once()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "a.json"), "{");
        File.WriteAllText(Path.Combine(folder.Path, "b.json"), Boards.Text("pi-5"));
        File.WriteAllText(Path.Combine(folder.Path, "pi-5.json"), Boards.Text("pi-5"));

        string message = Assert.Throws<InvalidDataException>(() => BoardCatalogue.Load(folder.Path)).Message;

        Assert.Contains("a.json is not JSON", message, StringComparison.Ordinal);
        Assert.Contains("b.json: name is 'pi-5'; expected the file's name, 'b'.", message, StringComparison.Ordinal);
        Assert.DoesNotContain("pi-5.json:", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_boards_is_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("holds no board", Assert.Throws<InvalidDataException>(() => BoardCatalogue.Load(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => BoardCatalogue.Load(Path.Combine(folder.Path, "none")));
    }

    [Fact]
    public void A_mistyped_name_gets_a_suggestion() =>
        Assert.Contains("Did you mean pi-5?", Assert.Throws<UsageException>(() => Boards.Named("pi5")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_package_is_installed_where_what_it_gives_is_there()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "crt1.o");
        Assert.False(new ToolPackage("x", file).IsInstalled());
        File.WriteAllText(file, "");
        Assert.True(new ToolPackage("x", file).IsInstalled());
        Assert.True(new ToolPackage("x", OperatingSystem.IsWindows() ? "cmd.exe" : "sh").IsInstalled());
        Assert.False(new ToolPackage("x", "no-such-program").IsInstalled());
    }
}
