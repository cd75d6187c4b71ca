using System.Text.RegularExpressions;
using Edge.Tests;

namespace Edge.Quantization.Tests;

/// <summary>Which room of the workbench may use which.</summary>
public partial class ArchitectureTests
{
    private const string Runtime = "Edge.OnnxRuntime";

    /// <summary>Rooms of the device library.</summary>
    private static readonly string[] Device = ["Edge.Numerics", "Edge.Audio", "Edge.Features", "Edge.Inference", "Edge.Detection"];

    /// <summary>Room to the rooms that it may use; a room's own folders are part of it unless they are listed themselves.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Graph"] = [],
        ["Calibration"] = ["Graph", Runtime, .. Device],
        // Shapes are inferred, constants folded and errors measured by ONNX Runtime itself.
        ["Rewriting.Canonical"] = ["Graph", Runtime],
        ["Rewriting.Quantizing"] = ["Graph", "Calibration", "Rewriting.Canonical", Runtime],
        ["Rewriting.Compression"] = ["Graph", "Calibration", "Rewriting.Canonical", "Rewriting.Quantizing", Runtime],
        ["Checkpoints"] = ["Graph", "Calibration", "Edge.Features"],
        ["Compilation"] = ["Graph", .. Device],
        ["Analysis.Statistics"] = [],
        ["Analysis.Charts"] = ["Analysis.Statistics"],
        ["Analysis.Comparison"] = ["Graph", "Calibration", "Compilation", Runtime, .. Device],
        ["Analysis.Evaluation"] = ["Graph", "Calibration", "Analysis.Statistics", Runtime, .. Device],
        ["Analysis.Events"] = ["Analysis.Evaluation", "Edge.Detection"],
        ["Analysis.Soundscapes"] = ["Analysis.Events", "Analysis.Evaluation", "Edge.Audio"],
        ["Analysis.Report"] =
            ["Graph", "Calibration", "Rewriting.Canonical", "Rewriting.Quantizing", "Compilation", "Analysis.Charts", "Analysis.Comparison", Runtime, .. Device],
    };

    public static TheoryData<string> Rooms() => [.. Allowed.Keys];

    [Fact]
    public void Every_file_of_the_workbench_is_in_a_room_that_is_listed_here()
    {
        string root = Repository.PathTo("quantization", "Edge.Quantization");
        foreach (string path in Directory.GetFiles(root, "*.cs", SearchOption.AllDirectories))
        {
            string folder = Path.GetDirectoryName(Path.GetRelativePath(root, path))!;
            string room = folder.Replace(Path.DirectorySeparatorChar, '.');
            Assert.True(folder.Length == 0 || folder.StartsWith("obj", StringComparison.Ordinal) || folder.StartsWith("bin", StringComparison.Ordinal) || RoomOf(room) is not null, $"{path} is in no room.");
        }
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_of_the_workbench_uses_only_the_rooms_it_may(string room)
    {
        foreach ((string path, string code) in SourceCode.Read(["quantization", "Edge.Quantization", .. room.Split('.')]))
        {
            foreach (string used in Uses(code))
            {
                Assert.True(used == room || Allowed[room].Contains(used), $"{path} uses {used}, which {room} must not know.");
            }
        }
    }

    [Theory]
    [InlineData("using Edge.Quantization.Graph.Onnx;", "Graph")]
    [InlineData("using Edge.Quantization.Rewriting.Canonical;", "Rewriting.Canonical")]
    [InlineData("using Edge.Inference;", "Edge.Inference")]
    [InlineData("namespace Edge.Quantization.Analysis.Report;", "")]
    [InlineData("int x = Graph.ElementType.Int8; y = model.Calibration.Count;", "Graph")]
    public void A_use_is_a_namespace_with_or_without_its_beginning(string code, string expected) => Assert.Equal(expected, string.Join(' ', Uses(code)));

    private static IEnumerable<string> Uses(string code) => Name().Matches(code)
        .Select(match => match.Groups[2].Success ? $"Edge.{match.Groups[2].Value}" : RoomOf(match.Groups[1].Value)).OfType<string>()
        .Where(used => !used.StartsWith("Edge.", StringComparison.Ordinal) || used == Runtime || Device.Contains(used)).Distinct();

    /// <summary>The listed room that a namespace below Edge.Quantization is, or is part of.</summary>
    private static string? RoomOf(string name) => Allowed.Keys.FirstOrDefault(room => name == room || name.StartsWith(room + '.', StringComparison.Ordinal));

    [GeneratedRegex(@"(?<!namespace )(?<![\w.])(?:(?:Edge\.Quantization\.)?((?:Graph|Calibration|Rewriting|Checkpoints|Compilation|Analysis)(?:\.[A-Z]\w*)+|(?<=Edge\.Quantization\.)[A-Z]\w*)|Edge\.(?!Quantization)([A-Z]\w*))")]
    private static partial Regex Name();
}
