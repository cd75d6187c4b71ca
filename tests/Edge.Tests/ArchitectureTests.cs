using System.Text.RegularExpressions;

namespace Edge.Tests;

/// <summary>Rules about the sources that the compiler cannot check.</summary>
public partial class ArchitectureTests
{
    // Room -> rooms it may use; Edge itself is the folder sdk/Edge.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Numerics"] = [],
        ["Audio"] = [],
        ["Features"] = ["Numerics"],
        ["Inference"] = ["Numerics"],
        ["Detection"] = ["Audio", "Features", "Inference", "Numerics"],
    };

    public static TheoryData<string> Rooms() => [.. Allowed.Keys];

    [Fact]
    public void Every_room_of_the_device_library_is_listed_here()
    {
        string[] rooms = [.. Directory.GetDirectories(Repository.PathTo("sdk", "Edge")).Select(path => Path.GetFileName(path)!)
            .Where(name => name is not ("bin" or "obj")).Order()];
        Assert.Equal(Allowed.Keys.Order(), rooms);
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_uses_only_the_rooms_it_may(string room)
    {
        string[] allowed = [.. Allowed[room], room];
        foreach ((string path, string code) in SourceCode.Read("sdk", "Edge", room))
        {
            foreach (Match match in RoomName().Matches(code))
            {
                string used = match.Groups[1].Value;
                Assert.False(
                    Allowed.ContainsKey(used) && !allowed.Contains(used), $"{path} uses Edge.{used}, which {room} must not know.");
            }
        }
    }

    [Theory]
    [InlineData("Features")]
    [InlineData("Numerics")]
    [InlineData("Inference", "Kernels")]
    public void Run_time_arithmetic_is_free_of_floating_point(params string[] room)
    {
        foreach ((string path, string code) in SourceCode.Read(["sdk", "Edge", .. room]))
        {
            if (!path.Contains(Path.Combine("Features", "Design"), StringComparison.Ordinal))
            {
                Match match = FloatingPoint().Match(code);
                Assert.False(match.Success, $"{path} says {match.Value}; floating point belongs in Features/Design or at the workbench.");
            }
        }
    }

    [Fact]
    public void Of_the_device_s_projects_only_the_catalogue_of_models_uses_the_workbench()
    {
        string[] projects = Directory.GetFiles(Repository.PathTo("sdk"), "*.csproj", SearchOption.AllDirectories);
        string[] users = [.. projects.Where(path => File.ReadAllText(path).Contains("Edge.Quantization.csproj", StringComparison.Ordinal)).Select(path => Path.GetFileNameWithoutExtension(path))];
        Assert.Equal(["Edge.Models"], users);
    }

    [Fact]
    public void The_program_of_the_device_is_made_of_itself_and_the_device_library() =>
        Assert.Equal(["Edge"], typeof(Edge.Cli.ExitCode).Assembly.GetReferencedAssemblies().Select(used => used.Name).Where(name => !name!.StartsWith("System", StringComparison.Ordinal)));

    [Theory]
    [InlineData("int a; // float\nint b;", "int a; \nint b;")]
    [InlineData("/* double */int a;", "int a;")]
    [InlineData("/// <c>float</c>\nvoid F();", "\nvoid F();")]
    [InlineData("Say(\"a // float\"); float x;", "Say(\"\"); float x;")]
    [InlineData("""Say("\" double"); int y;""", """Say(""); int y;""")]
    public void Comments_and_strings_do_not_count_as_code(string source, string code) => Assert.Equal(code, SourceCode.Strip(source));

    [GeneratedRegex(@"(?<!namespace )\bEdge\.([A-Z]\w*)")]
    private static partial Regex RoomName();

    [GeneratedRegex(@"\b(float|double|decimal|Half|MathF|Single|Double)\b")]
    private static partial Regex FloatingPoint();
}
